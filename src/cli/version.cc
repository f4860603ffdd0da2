#include <iostream>

#include "cli/command_line.h"
#include "cli/json.h"

namespace meshgw::cli {

void AddVersionVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand("version", "Print the version");
  auto output = std::make_shared<std::string>("text");
  AddOutputFlag(verb, output.get());
  verb->callback([output, exit_code] {
    if (*output == "json") {
      PrintLine(boost::json::object{{"version", MESHGW_VERSION}});
    } else {
      std::cout << "meshgw " << MESHGW_VERSION << '\n';
    }
    *exit_code = kExitOk;
  });
}

}  // namespace meshgw::cli
