#include <algorithm>
#include <utility>
#include <vector>

#include "config/hcl_lexer.h"

namespace meshgw::internal {
namespace {

// The text of the lines in front of a closing tag that is indented by `indent`.
// After "<<-" the indent is taken from every line, if all have it; after "<<"
// that of the tag itself belongs to the text, as in hashicorp/hcl.
std::string Join(const std::vector<std::string_view>& lines,
                 std::string_view indent, bool hanging) {
  const bool strip =
      hanging && std::all_of(lines.begin(), lines.end(), [&](auto line) {
        return line.starts_with(indent);
      });
  std::string out;
  for (const std::string_view line : lines) {
    out += strip ? line.substr(indent.size()) : line;
    out += '\n';
  }
  if (!hanging) out += indent;
  return out;
}

}  // namespace

bool HclLexer::Line(std::string_view* line) {
  const std::string_view start = rest_;
  while (!rest_.empty() && Peek() != '\n') {
    if (!Advance()) return false;
  }
  *line = start.substr(0, start.size() - rest_.size());
  error_.clear();
  return !rest_.empty() && Advance();
}

HclToken HclLexer::Heredoc() {
  HclToken token{HclToken::Kind::kHeredoc, at_, {}};
  Advance();
  Advance();
  const bool hanging = Peek() == '-';
  if (hanging) Advance();
  const std::string_view start = rest_;
  while (AtIdentifierPart() && Peek() != '-' && Peek() != '.') Advance();
  const std::string_view tag = start.substr(0, start.size() - rest_.size());
  if (!rest_.empty() && Peek() != '\n') {
    return Fail(at_, "invalid characters in heredoc anchor");
  }
  if (tag.empty()) return Fail(token.where, "zero-length heredoc anchor");
  if (!rest_.empty()) Advance();
  std::vector<std::string_view> lines;
  std::string_view line;
  while (Line(&line)) {
    const std::size_t indent =
        std::min(line.find_first_not_of(" \t"), line.size());
    // The tag of "<<-" is indented: a line that only has the tag is text.
    if (line.substr(indent) == tag && (indent > 0 || !hanging)) {
      token.text = Join(lines, line.substr(0, indent), hanging);
      return token;
    }
    lines.push_back(line);
  }
  return error_.empty() ? Fail(token.where, "heredoc not terminated")
                        : Fail(error_at_, error_);
}

}  // namespace meshgw::internal
