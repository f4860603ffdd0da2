#ifndef MESHGW_CLI_ROFF_H_
#define MESHGW_CLI_ROFF_H_

#include <string>
#include <vector>

namespace meshgw::cli {

// RoffText is `text` as a man page shows it, whatever is in it: nothing of it
// is a request, an escape or a hyphen.
std::string RoffText(const std::string& text);

// RoffWord is what is typed as it stands, and what stands for something else.
// Either may be empty.
struct RoffWord {
  std::string bold;
  std::string italic;
};

// RoffPage writes a man page in the macros of man(7). What it takes is plain
// text.
class RoffPage {
 public:
  // `date` is "2026-01-31".
  RoffPage(const std::string& name, const std::string& date,
           const std::string& version);

  void Section(const std::string& title);
  void Subsection(const std::string& title);
  // Paragraphs are apart by empty lines.
  void Text(const std::string& paragraphs);
  // How something is called, each beginning on a line of its own.
  void Calls(const std::vector<std::vector<RoffWord>>& calls);
  // What is explained, and its explanation.
  void Term(const std::vector<RoffWord>& words, const std::string& text);
  // Lines as they are.
  void Verbatim(const std::string& lines);

  const std::string& text() const { return text_; }

 private:
  void Line(const std::string& line);
  void BeginParagraph();

  std::string text_;
  bool behind_title_ = false;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_ROFF_H_
