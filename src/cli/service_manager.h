#ifndef MESHGW_CLI_SERVICE_MANAGER_H_
#define MESHGW_CLI_SERVICE_MANAGER_H_

namespace meshgw::cli {

// NotifyServiceManager tells systemd, when it started us, how far we are:
// "READY=1", "RELOADING=1", "STOPPING=1" (sd_notify(3)). Any thread.
void NotifyServiceManager(const char* state);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_SERVICE_MANAGER_H_
