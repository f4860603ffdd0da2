#ifndef MESHGW_ROUTE_NAME_INDEX_H_
#define MESHGW_ROUTE_NAME_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "route/hashed_name.h"

namespace meshgw::internal {

// RuleRef is a rule and the cluster that it leads to, by their indices.
struct RuleRef {
  std::uint32_t rule = kNone;
  std::uint32_t cluster = kNone;

  static constexpr std::uint32_t kNone = ~0u;
  explicit operator bool() const { return rule != kNone; }
};

// NameIndex maps names to rules: a hash table with linear probing whose entries
// of 16 bytes hold all of a hit but the name, beside one arena with the names.
// A look-up touches one cache line of entries and those of one name. Built
// once, then only read: Find is thread-safe then.
class NameIndex {
 public:
  NameIndex() : entries_(1) {}

  // Reserve makes room for `count` names in all. Once, before any Add.
  void Reserve(std::size_t count);
  // Add adds a name that is not there yet; it is neither empty nor too long.
  void Add(const HashedName& name, RuleRef rule);
  std::size_t size() const { return size_; }

  // Find looks the last `size` bytes of `name` up, 1..name.size().
  RuleRef Find(const HashedName& name, std::size_t size) const {
    const std::uint64_t hash = name.Hash(size);
    const std::uint32_t tag = Tag(hash, size);
    for (std::size_t i = hash & mask_;; i = (i + 1) & mask_) {
      const Entry& entry = entries_[i];
      if (entry.tag == tag &&
          name.EndsWith(arena_.data() + entry.chunk, size)) {
        return entry.rule;
      }
      if (entry.tag == 0) return {};
    }
  }

 private:
  struct Entry {
    std::uint32_t tag = 0;    // 0: free.
    std::uint32_t chunk = 0;  // Where the name begins in the arena.
    RuleRef rule;
  };

  // 24 bits of the hash that do not choose the place, and the size, which is
  // never 0: equal names have equal tags, and equal tags mean equal sizes.
  static std::uint32_t Tag(std::uint64_t hash, std::size_t size) {
    return (static_cast<std::uint32_t>(hash >> 32) & ~0xffu) |
           static_cast<std::uint32_t>(size);
  }

  std::vector<Entry> entries_;  // Their number is a power of two, one is free.
  std::vector<HashedName::Chunk> arena_;
  std::size_t mask_ = 0;
  std::size_t size_ = 0;
};

}  // namespace meshgw::internal

#endif  // MESHGW_ROUTE_NAME_INDEX_H_
