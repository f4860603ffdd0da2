#include "route/maglev.h"

#include <algorithm>

namespace meshgw::internal {
namespace {

constexpr std::uint32_t kFree = ~0u;

// A hundred slots an endpoint keep shares within about a percent.
std::uint32_t TableSize(std::size_t entries) {
  constexpr std::uint32_t kPrimes[] = {1021, 4093, 16381, 65521, 262139};
  for (const std::uint32_t prime : kPrimes) {
    if (prime >= entries * 100) return prime;
  }
  return 1048573;
}

std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Walks an entry's permutation of the slots.
struct Cursor {
  std::uint32_t next;
  std::uint32_t skip;
  std::uint32_t credit;  // Turns by weight, in units of the largest weight.
};

}  // namespace

std::vector<std::uint32_t> MaglevTable(std::span<const MaglevEntry> entries) {
  if (entries.empty()) return {};
  const std::uint32_t size = TableSize(entries.size());
  std::vector<Cursor> cursors;
  std::uint32_t max_weight = 1;
  for (const MaglevEntry& entry : entries) {
    const std::uint64_t hash = Mix(entry.identity);
    cursors.push_back(
        {static_cast<std::uint32_t>(hash % size),
         static_cast<std::uint32_t>(Mix(hash + 1) % (size - 1)) + 1, 0});
    max_weight = std::max(max_weight, entry.weight);
  }
  std::vector<std::uint32_t> table(size, kFree);
  std::uint32_t filled = 0;
  while (filled < size) {
    for (std::uint32_t i = 0; i < cursors.size() && filled < size; ++i) {
      Cursor& cursor = cursors[i];
      cursor.credit += entries[i].weight;
      if (cursor.credit < max_weight) continue;
      cursor.credit -= max_weight;
      while (table[cursor.next] != kFree) {
        cursor.next = (cursor.next + cursor.skip) % size;
      }
      table[cursor.next] = i;
      ++filled;
    }
  }
  return table;
}

}  // namespace meshgw::internal
