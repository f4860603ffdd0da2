#ifndef MESHGW_CONFIG_OBJECT_READER_H_
#define MESHGW_CONFIG_OBJECT_READER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"
#include "meshgw/config.h"

namespace meshgw::internal {

// DecodeContext is where decoders report to while they read one file.
struct DecodeContext {
  std::string file;
  // Config entries and opaque blocks convert "1" and 1 and true into each
  // other, agent files do not (Consul's mapstructure WeaklyTypedInput).
  bool weak = false;
  std::size_t max_errors = 100;
  ConfigDiagnostics* diagnostics = nullptr;
  // What may be there once only, and where it was.
  std::map<std::string, SourceLocation> given;
  // Of the node; the last file counts, and then the first of the two.
  std::string advertise_addr;
  Located<std::string> bind_addr;
  // Consul's ports.sidecar_min_port and sidecar_max_port; below 1: none.
  Located<std::int64_t> sidecar_min_port = {21000, {}};
  Located<std::int64_t> sidecar_max_port = {21255, {}};

  // Whether further mistakes are counted only.
  bool IsFull() const { return diagnostics->errors.size() >= max_errors; }

  SourceLocation At(Position where) const {
    return {file, where.line, where.column};
  }
  void Error(Position where, std::string what, std::string expected = {});
  // Reports the second and further ones of what is the same: `what`, in the
  // `scope` (a namespace, a partition) that the message does not show.
  void CheckOnce(Position where, const std::string& what,
                 const std::string& scope, std::string expected);
  // A filter that breaks its own subset only.
  void FilterError(Position where, std::string what);
  void Warn(Position where, std::string what, std::string expected = {});
};

// ObjectReader reads one object's members by name. Each name is asked for once;
// Finish reports the keys that nobody asked for, with the closest one that was.
// A list of one object is taken for that object, as HCL writes blocks. Every
// getter returns nothing, after reporting, for a value of the wrong kind.
class ObjectReader {
 public:
  // `value` is an object or a list of one; anything else is reported and read
  // as empty. `path` is for messages ("service.proxy").
  ObjectReader(DecodeContext* context, const Value& value, std::string path);

  // Names are compared without regard to case; the first one that is present
  // wins, further ones are other spellings of it.
  using Names = std::vector<std::string_view>;

  const Member* Get(const Names& names);
  std::optional<Located<std::string>> String(const Names& names);
  std::optional<Located<bool>> Bool(const Names& names);
  std::optional<Located<std::int64_t>> Integer(const Names& names,
                                               std::int64_t least,
                                               std::int64_t most);
  std::optional<Located<std::chrono::milliseconds>> Duration(
      const Names& names);
  std::optional<Located<MeshGatewayMode>> Mode(const Names& names);
  std::map<std::string, std::string> StringMap(const Names& names);
  std::vector<std::string> StringList(const Names& names);
  // Every object of a list, or the only one.
  std::vector<const Value*> Objects(const Names& names);

  // Into a plain field, which keeps its value when the key is not there.
  void String(const Names& names, std::string* out);
  void Bool(const Names& names, bool* out);
  void Port(const Names& names, std::uint16_t* out);

  // Known keys that mean nothing here: accepted, with a warning that says why
  // unless `why` is empty.
  void Ignore(const Names& names, std::string_view why = {});

  // Calls `visit` with each key that nobody has asked for, and the closest one
  // that somebody has (empty: none is close). Finish has no word for them then.
  void VisitRest(
      const std::function<void(const Member&, std::string_view)>& visit);

  // A key that belongs elsewhere: reported, with `hint` in place of the closest
  // known one.
  void Misplaced(std::string_view name, std::string_view hint);

  void Finish();
  DecodeContext& context() const { return *context_; }
  Position where() const { return where_; }
  // Where the value of the first of `names` that is present is; where() if none
  // is.
  Position WhereOf(const Names& names) const;
  const std::string& path() const { return path_; }
  std::string PathOf(std::string_view key) const;

 private:
  const Member* Find(std::string_view name) const;
  void WrongKind(const Member& member, std::string_view expected);

  DecodeContext* context_;
  const Value* object_ = nullptr;
  Position where_;
  std::string path_;
  std::vector<bool> asked_;  // Of each member.
  std::vector<std::string_view> known_;
};

// AsObject returns the object that `value` is or is a list of; null otherwise.
const Value* AsObject(const Value& value);

// Scalar conversions, by themselves. Nothing when the kind does not fit.
std::optional<std::string> AsString(const Value& value, bool weak);
std::optional<bool> AsBool(const Value& value, bool weak);
std::optional<std::int64_t> AsInteger(const Value& value, bool weak);

// ParseGoDuration reads "300ms", "1.5h", "-2h45m" as Go's time.ParseDuration.
std::optional<std::chrono::nanoseconds> ParseGoDuration(std::string_view text);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_OBJECT_READER_H_
