#ifndef MESHGW_TESTS_HELLO_HELLO_MUTATOR_H_
#define MESHGW_TESTS_HELLO_HELLO_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/hello_builder.h"

namespace meshgw::test {

// HelloMutator makes broken and odd hellos out of good ones. Half of its
// changes keep all lengths right, so that the change is reached by parsers that
// check them; the others hit any byte. The same seed gives the same hellos.
class HelloMutator {
 public:
  explicit HelloMutator(std::uint32_t seed) : random_(seed) {}

  // `hello`: a good hello in one record. Returns a stream of one record or two.
  ByteVector Mutate(std::span<const std::uint8_t> hello) {
    ByteVector message(hello.begin() + 5, hello.end());
    if (Below(2) == 0) {
      message = MutateExtensions(message);
    } else {
      MutateBytes(message);
    }
    if (Below(2) == 0) return Record(message);
    return SplitRecords(message, {1 + Below(message.size() - 1)});
  }

 private:
  struct Extension {
    std::size_t id;
    ByteVector body;
  };

  std::size_t Below(std::size_t bound) { return random_() % bound; }
  std::uint8_t Byte() { return static_cast<std::uint8_t>(random_()); }

  void MutateBytes(ByteVector& message) {
    for (std::size_t i = 0; i <= Below(3); ++i) {
      // Not the header's length: that only cuts.
      const std::size_t at = 4 + Below(message.size() - 4);
      if (Below(2) == 0) {
        message[at] = Byte();
      } else {
        message[at] = static_cast<std::uint8_t>(message[at] ^ 1 << Below(8));
      }
    }
  }

  ByteVector MutateExtensions(const ByteVector& message) {
    std::size_t at = 38;
    at += 1 + message[at];
    at += 2 + U16(message, at);
    at += 1 + message[at];
    const ByteVector front(message.begin() + 4,
                           message.begin() + static_cast<std::ptrdiff_t>(at));
    std::vector<Extension> extensions = Read(message, at + 2);
    for (std::size_t i = 0; i <= Below(2); ++i) Change(extensions);

    ByteVector block;
    for (const Extension& extension : extensions) {
      AppendU16(block, extension.id);
      AppendU16(block, extension.body.size());
      Append(block, extension.body);
    }
    const std::size_t size = front.size() + 2 + block.size();
    ByteVector out = {1, 0};
    AppendU16(out, size);
    Append(out, front);
    AppendU16(out, block.size());
    Append(out, block);
    return out;
  }

  static std::size_t U16(const ByteVector& bytes, std::size_t at) {
    return std::size_t{bytes[at]} << 8 | bytes[at + 1];
  }

  static std::vector<Extension> Read(const ByteVector& message,
                                     std::size_t at) {
    std::vector<Extension> extensions;
    while (at < message.size()) {
      const auto body =
          std::span(message).subspan(at + 4, U16(message, at + 2));
      extensions.push_back(
          {U16(message, at), ByteVector(body.begin(), body.end())});
      at += 4 + body.size();
    }
    return extensions;
  }

  static ByteVector NameBody(const std::string& name) {
    ByteVector body;
    AppendU16(body, name.size() + 3);
    body.push_back(0);
    AppendU16(body, name.size());
    Append(body, name);
    return body;
  }

  std::string OddName() {
    std::string name = "www.example.com";
    switch (Below(6)) {
      case 0:
        name[Below(name.size())] = static_cast<char>(Byte());
        break;
      case 1:
        name += '.';
        break;
      case 2:
        name.insert(Below(name.size()), 1, '\0');
        break;
      case 3:
        name = "WWW.Example.COM";
        break;
      case 4:
        name = std::string(1 + Below(260), 'a');
        break;
      default:
        name = "10.0.0." + std::to_string(Below(300));
        break;
    }
    return name;
  }

  void Change(std::vector<Extension>& extensions) {
    if (extensions.empty()) return;
    Extension& one = extensions[Below(extensions.size())];
    switch (Below(8)) {
      case 0:  // A byte of a body.
        if (!one.body.empty()) one.body[Below(one.body.size())] = Byte();
        break;
      case 1:  // A byte more.
        one.body.push_back(Byte());
        break;
      case 2:  // A byte less.
        if (!one.body.empty()) one.body.pop_back();
        break;
      case 3:
        extensions.push_back(Extension(one));
        break;
      case 4:
        std::swap(one, extensions[Below(extensions.size())]);
        break;
      case 5:
        one.id = Below(4) == 0 ? Below(65536) : Below(60);
        break;
      case 6:
        extensions.insert(extensions.begin(), {0, NameBody(OddName())});
        break;
      default:
        for (Extension& extension : extensions) {
          if (extension.id == 0) extension.body = NameBody(OddName());
        }
    }
  }

  std::mt19937 random_;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_HELLO_HELLO_MUTATOR_H_
