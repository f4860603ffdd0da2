#include "cli/roff.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace meshgw::cli {
namespace {

std::string Words(const std::vector<RoffWord>& words) {
  std::vector<std::string> out;
  for (const RoffWord& word : words) {
    if (!word.bold.empty()) {
      out.push_back(absl::StrCat("\\fB", RoffText(word.bold), "\\fR"));
    }
    if (!word.italic.empty()) {
      out.push_back(absl::StrCat("\\fI", RoffText(word.italic), "\\fR"));
    }
  }
  return absl::StrJoin(out, " ");
}

}  // namespace

std::string RoffText(const std::string& text) {
  // A dot at the start of a line would make it a request.
  std::string out = text.starts_with('.') ? "\\&" : "";
  // The others would be escapes, or be shown as other characters.
  out += absl::StrReplaceAll(text, {{"\n.", "\n\\&."},
                                    {"\\", "\\(rs"},
                                    {"-", "\\-"},
                                    {"'", "\\(aq"},
                                    {"`", "\\(ga"},
                                    {"^", "\\(ha"},
                                    {"~", "\\(ti"},
                                    {"\"", "\\(dq"}});
  return out;
}

RoffPage::RoffPage(const std::string& name, const std::string& date,
                   const std::string& version) {
  Line(absl::StrCat(".TH ", RoffText(name), " 1 ", date, " \"",
                    RoffText(version), "\""));
}

void RoffPage::Line(const std::string& line) {
  absl::StrAppend(&text_, line, "\n");
  behind_title_ = false;
}

// A title begins one by itself.
void RoffPage::BeginParagraph() {
  if (!behind_title_) Line(".PP");
}

void RoffPage::Section(const std::string& title) {
  Line(absl::StrCat(".SH \"", RoffText(title), "\""));
  behind_title_ = true;
}

void RoffPage::Subsection(const std::string& title) {
  Line(absl::StrCat(".SS \"", RoffText(title), "\""));
  behind_title_ = true;
}

void RoffPage::Text(const std::string& paragraphs) {
  BeginParagraph();
  Line(absl::StrReplaceAll(RoffText(paragraphs), {{"\n\n", "\n.PP\n"}}));
}

void RoffPage::Calls(const std::vector<std::vector<RoffWord>>& calls) {
  bool first = true;
  for (const auto& words : calls) {
    if (!std::exchange(first, false)) Line(".br");
    Line(Words(words));
  }
}

void RoffPage::Term(const std::vector<RoffWord>& words,
                    const std::string& text) {
  Line(".TP");
  Line(Words(words));
  if (!text.empty()) Line(RoffText(text));
}

void RoffPage::Verbatim(const std::string& lines) {
  BeginParagraph();
  Line(".nf");
  Line(RoffText(lines));
  Line(".fi");
}

}  // namespace meshgw::cli
