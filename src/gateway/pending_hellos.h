#ifndef MESHGW_GATEWAY_PENDING_HELLOS_H_
#define MESHGW_GATEWAY_PENDING_HELLOS_H_

#include <cstdint>

namespace meshgw::internal {

class Connection;

// PendingHello is a link in PendingHellos, a member of what it stands for.
struct PendingHello {
  Connection* connection = nullptr;
  PendingHello* older = nullptr;
  PendingHello* newer = nullptr;
  bool listed = false;
};

// PendingHellos lists connections whose hello is not complete, by age. Every
// operation costs the same however many there are. Thread-compatible.
class PendingHellos {
 public:
  void Add(PendingHello* added) {
    added->listed = true;
    added->older = newest_;
    added->newer = nullptr;
    (newest_ != nullptr ? newest_->newer : oldest_) = added;
    newest_ = added;
    ++size_;
  }
  void Remove(PendingHello* removed) {
    removed->listed = false;
    (removed->older != nullptr ? removed->older->newer : oldest_) =
        removed->newer;
    (removed->newer != nullptr ? removed->newer->older : newest_) =
        removed->older;
    --size_;
  }
  PendingHello* oldest() const { return oldest_; }
  std::uint32_t size() const { return size_; }

 private:
  PendingHello* oldest_ = nullptr;
  PendingHello* newest_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_PENDING_HELLOS_H_
