#include "route/name_index.h"

#include <sys/random.h>

#include <bit>

namespace meshgw::internal {

NameHashSecrets RandomNameHashSecrets() {
  NameHashSecrets secrets;
  // Without an answer (a filter of system calls) where the loader put us is
  // what is left that others do not know.
  if (getrandom(&secrets, sizeof secrets, 0) !=
      static_cast<ssize_t>(sizeof secrets)) {
    static const char here = 0;
    const auto place = reinterpret_cast<std::uintptr_t>(&here);
    secrets = {place * 0x9e3779b97f4a7c15u, place * 0xbf58476d1ce4e5b9u,
               place * 0x94d049bb133111ebu};
  }
  // An even factor would lose bits.
  secrets.finish |= 1;
  return secrets;
}

void NameIndex::Reserve(std::size_t count) {
  // At most two thirds are taken: runs stay short.
  const std::size_t capacity = std::bit_ceil(count + count / 2 + 1);
  entries_.assign(capacity, Entry());
  mask_ = capacity - 1;
  arena_.reserve(count * 4);
}

void NameIndex::Add(const HashedName& name, RuleRef rule) {
  const std::uint64_t hash = name.Hash(name.size());
  std::size_t i = hash & mask_;
  while (entries_[i].tag != 0) i = (i + 1) & mask_;
  entries_[i] = {Tag(hash, name.size()),
                 static_cast<std::uint32_t>(arena_.size()), rule};
  arena_.insert(arena_.end(), name.chunks(),
                name.chunks() + HashedName::ChunkCount(name.size()));
  ++size_;
}

}  // namespace meshgw::internal
