#ifndef MESHGW_CLI_COMMAND_TREE_H_
#define MESHGW_CLI_COMMAND_TREE_H_

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace meshgw::cli {

// ArgumentDescription is a flag, or what stands behind a verb without one.
struct ArgumentDescription {
  // As they are typed, with one dash: "-output". Of what is no flag its only
  // name: "PATH".
  std::vector<std::string> names;
  std::string type;                  // "PATH"; empty: a flag without a value.
  std::vector<std::string> choices;  // All that it may be; empty: anything.
  std::string default_value;
  std::string description;
  bool required = false;
  bool repeated = false;
};

// VerbDescription is a verb, or as the root of all verbs the program.
struct VerbDescription {
  std::string name;
  std::string path;  // As it is called: "explain sni". Empty: the program.
  std::string description;
  std::string footer;
  std::vector<ArgumentDescription> flags;  // Those that help shows.
  std::vector<ArgumentDescription> arguments;
  std::vector<VerbDescription> verbs;
};

// DescribeProgram is what help shows of `program` and of all its verbs: the
// source of the man page and of the completions.
VerbDescription DescribeProgram(const CLI::App& program);

// AllVerbs lists the program and its verbs, each before its own.
std::vector<const VerbDescription*> AllVerbs(const VerbDescription& program);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_COMMAND_TREE_H_
