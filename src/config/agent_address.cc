#include "config/agent_address.h"

#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/ip_address.h"
#include "base/str_format.h"
#include "mesh/go_quote.h"

namespace meshgw::internal {
namespace {

bool IsTemplate(std::string_view text) { return text.find("{{") != text.npos; }

Position PlaceOf(const Located<std::string>& value) {
  return {value.where.line, value.where.column};
}

void RefuseTemplate(DecodeContext* context, std::string_view key,
                    const Located<std::string>& value) {
  context->Error(
      PlaceOf(value),
      internal::StrFormat("%s is the template %s", key, GoQuote(value.value)),
      "the address itself: templates are not evaluated here");
}

// Without the space around it that Consul drops, and without the brackets of
// "[::]", which it takes. Reports what is neither an IP address nor a template.
std::optional<Located<std::string>> ReadAddress(ObjectReader* reader,
                                                std::string_view key) {
  auto value = reader->String({key});
  if (!value.has_value()) return std::nullopt;
  value->value = std::string(absl::StripAsciiWhitespace(value->value));
  if (value->value == "[::]") value->value = "::";
  const std::string& text = value->value;
  if (text.empty() || IsTemplate(text)) return value;
  DecodeContext& context = reader->context();
  if (text.starts_with("unix://")) {
    context.Error(PlaceOf(*value),
                  internal::StrFormat("%s cannot be a unix socket", key),
                  "an IP address");
    return std::nullopt;
  }
  if (ClassifyIp(text) == IpKind::kNone) {
    context.Error(PlaceOf(*value),
                  internal::StrFormat("%s: invalid ip address: %s", key, text),
                  "an IP address");
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<std::string> ReadAdvertiseAddress(ObjectReader* reader,
                                                std::string_view key,
                                                std::string_view name) {
  auto value = ReadAddress(reader, key);
  if (!value.has_value()) return std::nullopt;
  if (IsTemplate(value->value)) {
    RefuseTemplate(&reader->context(), key, *value);
    return std::nullopt;
  }
  if (ClassifyIp(value->value) == IpKind::kUnspecified) {
    reader->context().Error(
        PlaceOf(*value),
        internal::StrFormat("%s cannot be 0.0.0.0, :: or [::]", name),
        "an address that others can dial");
    return std::nullopt;
  }
  return std::move(value->value);
}

void ReadBindAddress(ObjectReader* reader) {
  auto value = ReadAddress(reader, "bind_addr");
  if (!value.has_value()) return;
  if (value->value.empty()) {
    reader->context().Error(PlaceOf(*value), "bind_addr cannot be empty",
                            "an IP address");
    return;
  }
  reader->context().bind_addr = *std::move(value);
}

std::string NodeAddress(DecodeContext* context) {
  if (!context->advertise_addr.empty()) return context->advertise_addr;
  const Located<std::string>& bind = context->bind_addr;
  if (IsTemplate(bind.value)) {
    context->file = bind.where.file;
    RefuseTemplate(context, "bind_addr", bind);
    return {};
  }
  // An address for all interfaces is none that others can dial.
  return ClassifyIp(bind.value) == IpKind::kSpecific ? bind.value : "";
}

}  // namespace meshgw::internal
