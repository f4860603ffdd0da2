#ifndef MESHGW_CONSUL_JSON_FIELDS_H_
#define MESHGW_CONSUL_JSON_FIELDS_H_

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace meshgw::internal {

// ParseJson reads one JSON value. InvalidArgument.
absl::StatusOr<boost::json::value> ParseJson(std::string_view text);
// ParseJsonObject is ParseJson for what must be an object.
absl::StatusOr<boost::json::value> ParseJsonObject(std::string_view text);

class JsonFields;

// ReadRecords reads a list of objects (null: an empty one) and calls `visit`
// with each. InvalidArgument, also for what JsonFields finds.
absl::Status ReadRecords(std::string_view text,
                         const std::function<void(const JsonFields&)>& visit);

// JsonFields reads the fields of one object of an answer. What is not there, or
// null, is empty. The first that is of another type than it must be is told in
// the status (InvalidArgument, with its place), and reads as empty. Borrows the
// value and the status.
class JsonFields {
 public:
  JsonFields(const boost::json::value& value, std::string place,
             absl::Status* status);

  std::string Text(std::string_view name) const;
  bool Bool(std::string_view name) const;
  // -1 and less: 0.
  std::uint16_t Port(std::string_view name) const;
  JsonFields Object(std::string_view name) const;
  std::vector<std::string> Texts(std::string_view name) const;
  // Calls `visit` with each element of a list of objects.
  void Each(std::string_view name,
            const std::function<void(const JsonFields&)>& visit) const;
  // Calls `visit` with each member, which must be an object.
  void EachMember(const std::function<void(const std::string& name,
                                           const JsonFields&)>& visit) const;

  // Null: it is not there.
  const boost::json::object* object() const { return object_; }
  // Fail tells that what is at `name` is not `expected`.
  void Fail(std::string_view name, std::string_view expected) const;

 private:
  const boost::json::value* Find(std::string_view name) const;

  std::string place_;
  absl::Status* status_;
  const boost::json::object* object_ = nullptr;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CONSUL_JSON_FIELDS_H_
