#ifndef MESHGW_TESTS_CLI_RUN_PROGRAM_H_
#define MESHGW_TESTS_CLI_RUN_PROGRAM_H_

#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.h"
#include "support/catch.h"
#include "support/source_tree.h"
#include "support/temporary_folder.h"

// The program's verbs, called in this process.
namespace meshgw::test {

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// Redirect sends a stream to a text for as long as it lives.
class Redirect {
 public:
  explicit Redirect(std::ostream* stream)
      : stream_(stream), old_(stream->rdbuf(text_.rdbuf())) {}
  ~Redirect() { stream_->rdbuf(old_); }
  Redirect(const Redirect&) = delete;
  Redirect& operator=(const Redirect&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream* stream_;
  std::streambuf* old_;
};

// RunProgram runs `meshgw arguments...`.
inline Outcome RunProgram(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "meshgw");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  const Redirect out(&std::cout);
  const Redirect err(&std::cerr);
  const int exit_code = cli::RunCommandLine(pointers);
  return {exit_code, out.text(), err.text()};
}

// JsonLines parses output that is one object a line.
inline std::vector<boost::json::object> JsonLines(const std::string& text) {
  std::vector<boost::json::object> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    boost::json::error_code error;
    const auto value = boost::json::parse(line, error);
    REQUIRE(!error);
    REQUIRE(value.is_object());
    out.push_back(value.as_object());
  }
  return out;
}

// Keys lists an object's keys in their order, by spaces.
inline std::string Keys(const boost::json::object& object) {
  std::string out;
  for (const auto& member : object) {
    out += (out.empty() ? "" : " ") + std::string(member.key());
  }
  return out;
}

// TextAt is the string under `key`.
inline std::string TextAt(const boost::json::object& object,
                          std::string_view key) {
  const auto& text = object.at({key.data(), key.size()}).as_string();
  return {text.data(), text.size()};
}

inline std::string FileContents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

inline const std::string kTwoDatacenters =
    SourceTree("examples/two-datacenters");

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CLI_RUN_PROGRAM_H_
