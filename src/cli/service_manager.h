#ifndef MESHGW_CLI_SERVICE_MANAGER_H_
#define MESHGW_CLI_SERVICE_MANAGER_H_

#include <string>

namespace meshgw::cli {

// NotifyServiceManager tells systemd, when it started us, how far we are:
// "READY=1", "WATCHDOG=1", "STOPPING=1" (sd_notify(3)). Any thread.
void NotifyServiceManager(const std::string& state);

// NotifyReloading says "RELOADING=1" and when: the time is what a service of
// Type=notify-reload must tell.
void NotifyReloading();

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_SERVICE_MANAGER_H_
