#include "load_meter.h"

#include <dirent.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace meshgw::load {

double CpuSecondsOf(const std::vector<int>& pids) {
  double nanoseconds = 0;
  for (const int pid : pids) {
    const std::string folder = "/proc/" + std::to_string(pid) + "/task";
    DIR* tasks = ::opendir(folder.c_str());
    if (tasks == nullptr) continue;
    while (const dirent* entry = ::readdir(tasks)) {
      std::ifstream file(folder + "/" + entry->d_name + "/schedstat");
      double value = 0;
      if (entry->d_name[0] != '.' && file >> value) nanoseconds += value;
    }
    ::closedir(tasks);
  }
  return nanoseconds / 1e9;
}

double BusySeconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  file >> word;
  double ticks = 0;
  // user, nice, system, idle, iowait, irq, softirq; not what a host stole.
  for (int i = 0; i < 7; ++i) {
    double value = 0;
    file >> value;
    const bool idle = i == 3 || i == 4;
    if (!idle) ticks += value;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace meshgw::load
