#ifndef MESHGW_CLI_LAST_GOOD_FILE_H_
#define MESHGW_CLI_LAST_GOOD_FILE_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>

#include "cli/program_log.h"
#include "xds/last_good.h"

namespace meshgw::cli {

// LastGoodFile keeps the newest whole table on disk for the next start. Without
// a path it does nothing. It lives on the thread that runs `context`.
class LastGoodFile {
 public:
  // Nothing: what there is now is not to be kept, ask later.
  using MakeTable = std::function<std::optional<internal::LastGood>()>;

  LastGoodFile(boost::asio::io_context* context, std::string path,
               LogWriter log, MakeTable make_table);

  // Read returns the table of an earlier run, if it can be used: by the gateway
  // `node_id`, or by any when that is empty. The log says why it cannot.
  std::optional<internal::LastGood> Read(const std::string& node_id) const;
  // SaveSoon has the table written when some time for more changes has passed.
  void SaveSoon();
  // Save writes at once what SaveSoon was called for and is not written yet.
  void Save();

 private:
  const std::string path_;
  const LogWriter log_;
  const MakeTable make_table_;
  boost::asio::steady_timer timer_;
  bool waits_ = false;
  std::string error_;  // That was told last.
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_LAST_GOOD_FILE_H_
