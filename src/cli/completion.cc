#include <iostream>

#include "cli/command_line.h"
#include "cli/completion_script.h"

namespace meshgw::cli {

void AddCompletionVerb(CLI::App* app, int* exit_code) {
  auto* verb =
      app->add_subcommand("completion", "Print what has a shell complete");
  verb->require_subcommand(1);
  const struct {
    const char* shell;
    const char* description;
    const char* footer;
    std::string (*script)(const VerbDescription& program);
  } shells[] = {
      {"bash", "The script for bash",
       "Example: source <(meshgw completion bash)", BashCompletion},
      {"zsh", "The script for zsh, behind compinit",
       "Example: source <(meshgw completion zsh)", ZshCompletion},
      {"fish", "The script for fish",
       "Example: meshgw completion fish | source", FishCompletion},
  };
  for (const auto& row : shells) {
    auto* shell = verb->add_subcommand(row.shell, row.description);
    shell->footer(row.footer);
    shell->callback([app, exit_code, script = row.script] {
      std::cout << script(DescribeProgram(*app));
      *exit_code = kExitOk;
    });
  }
}

}  // namespace meshgw::cli
