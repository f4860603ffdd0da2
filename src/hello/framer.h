#ifndef MESHGW_HELLO_FRAMER_H_
#define MESHGW_HELLO_FRAMER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "hello/body_parser.h"
#include "hello/wire_bytes.h"
#include "meshgw/client_hello.h"

namespace meshgw::internal {

inline constexpr std::uint32_t kRecordHeaderSize = 5;
inline constexpr std::uint32_t kMaxRecordSize = 1 << 14;
inline constexpr std::uint8_t kHandshakeRecord = 22;
inline constexpr std::uint8_t kClientHelloMessage = 1;

// SingleRecordSize is the size of the message when `bytes` start with one whole
// record that holds exactly one ClientHello within `max_message_bytes`, which
// is nearly every connection's first read; else 0.
inline std::uint32_t SingleRecordSize(std::span<const std::uint8_t> bytes,
                                      std::uint32_t max_message_bytes) {
  if (bytes.size() < kRecordHeaderSize + kMinMessageSize) return 0;
  const std::uint8_t* at = bytes.data();
  const std::uint32_t size = LoadU16(at + 3);
  const std::uint32_t message_header =
      std::uint32_t{kClientHelloMessage} << 24 | (size - kMessageHeaderSize);
  const bool single = at[0] == kHandshakeRecord && at[1] == 3 &&
                      size <= kMaxRecordSize && size >= kMinMessageSize &&
                      LoadU32(at + kRecordHeaderSize) == message_header &&
                      size <= bytes.size() - kRecordHeaderSize &&
                      size <= max_message_bytes;
  return single ? size : 0;
}

// HelloFramer moves a HelloReader on over `bytes`, a ContiguousBytes or a
// ScatteredBytes with all that has arrived. It reads the stream strictly in
// order and never decides by a byte that it has not waited for, so the verdict
// cannot depend on how the bytes were cut. A record is visited once over all
// calls, and once more when the message is gathered.
template <typename Bytes>
class HelloFramer {
 public:
  // Decide is HelloReader::Feed. `stream` is what `Bytes` is made of.
  template <typename Stream>
  [[gnu::noinline]] static HelloVerdict Decide(HelloReader& reader,
                                               Stream stream,
                                               std::span<std::uint8_t> scratch,
                                               ClientHello* out) {
    Bytes bytes(stream);
    if (bytes.size() < reader.wait_) return HelloVerdict::kNeedMore;
    if (reader.verdict_ == HelloVerdict::kHello) reader.Restart();
    if (reader.verdict_ != HelloVerdict::kNeedMore) return reader.verdict_;
    HelloFramer framer(reader, bytes);
    if constexpr (std::is_same_v<Bytes, ContiguousBytes>) {
      const std::uint32_t size =
          SingleRecordSize(stream, reader.limits_.max_message_bytes);
      if (size != 0) [[likely]] {
        return framer.FinishSingle(stream.data() + kRecordHeaderSize, size,
                                   out);
      }
    }
    return framer.Advance(scratch, out);
  }

 private:
  HelloFramer(HelloReader& reader, Bytes& bytes)
      : reader_(reader), bytes_(bytes) {}

  HelloVerdict Advance(std::span<std::uint8_t> scratch, ClientHello* out) {
    for (;;) {
      std::uint32_t size = 0;
      if (!ReadRecordHeader(&size)) return reader_.verdict_;
      const std::uint32_t payload = reader_.record_offset_ + kRecordHeaderSize;
      if (reader_.message_size_ == 0 && !ReadMessageHeader(payload, size)) {
        return reader_.verdict_;
      }
      if (reader_.message_size_ != 0) {
        const std::uint32_t left = reader_.message_size_ - reader_.gathered_;
        if (size > left) {
          return Malformed(HelloReason::kTrailingHandshake, payload + left);
        }
        if (size == left) {
          if (!Available(payload + size)) return reader_.verdict_;
          return Finish(payload, scratch, out);
        }
      }
      // The hello goes on in a further record.
      if (reader_.records_ + 1 >= reader_.limits_.max_records) {
        return Fail(HelloVerdict::kTooManyRecords, HelloReason::kRecordCount,
                    payload + size);
      }
      reader_.gathered_ += size;
      reader_.record_offset_ = payload + size;
      ++reader_.records_;
    }
  }

  // FinishSingle ends the reading of a hello that lies in one record, at the
  // start of the stream and at `message`; its frame is already checked.
  HelloVerdict FinishSingle(const std::uint8_t* message, std::uint32_t size,
                            ClientHello* out) {
    const BodyError error = ParseBody(message, size, reader_.policy_, out);
    if (error.reason != HelloReason::kNone) [[unlikely]] {
      return Malformed(error.reason, kRecordHeaderSize + error.offset);
    }
    return Accept(kRecordHeaderSize + size, 1, out);
  }

  // Available says whether the stream's first `count` bytes are here; if not,
  // the reader waits for them.
  bool Available(std::uint32_t count) {
    if (bytes_.size() >= count) return true;
    reader_.wait_ = count;
    return false;
  }

  HelloVerdict Fail(HelloVerdict verdict, HelloReason reason,
                    std::uint32_t offset) {
    reader_.verdict_ = verdict;
    reader_.reason_ = reason;
    reader_.offset_ = offset;
    reader_.wait_ = 0;
    return verdict;
  }
  HelloVerdict Malformed(HelloReason reason, std::uint32_t offset) {
    return Fail(HelloVerdict::kMalformed, reason, offset);
  }
  HelloVerdict Accept(std::uint32_t wire_bytes, std::uint16_t records,
                      ClientHello* out) {
    out->wire_bytes = wire_bytes;
    out->records = records;
    reader_.verdict_ = HelloVerdict::kHello;
    reader_.wait_ = 0;
    return HelloVerdict::kHello;
  }

  // The functions below return false when there is nothing more to do now: a
  // verdict was reached, or bytes are missing.

  bool ReadRecordHeader(std::uint32_t* size) {
    const std::uint32_t start = reader_.record_offset_;
    if (!Available(start + 1)) return false;
    if (bytes_.At(start) != kHandshakeRecord) {
      if (start == 0) return RefuseFirstByte();
      Malformed(HelloReason::kRecordType, start);
      return false;
    }
    if (!Available(start + 2)) return false;
    if (bytes_.At(start + 1) != 3) {
      Malformed(HelloReason::kRecordVersion, start + 1);
      return false;
    }
    if (!Available(start + kRecordHeaderSize)) return false;
    *size = std::uint32_t{bytes_.At(start + 3)} << 8 | bytes_.At(start + 4);
    if (*size > kMaxRecordSize) {
      Malformed(HelloReason::kRecordLength, start + 3);
      return false;
    }
    if (*size == 0 && !reader_.policy_.allow_empty_records) {
      Malformed(HelloReason::kEmptyRecord, start + 3);
      return false;
    }
    return true;
  }

  // RefuseFirstByte finds out what a stream is that does not start with a
  // handshake record.
  bool RefuseFirstByte() {
    const std::uint8_t first = bytes_.At(0);
    constexpr std::uint8_t kFirstRecordType = 20;  // change_cipher_spec
    constexpr std::uint8_t kLastRecordType = 24;   // heartbeat
    if (first >= kFirstRecordType && first <= kLastRecordType) {
      if (!Available(2)) return false;
      if (bytes_.At(1) == 3) {
        Malformed(HelloReason::kRecordType, 0);
        return false;
      }
    } else if ((first & 0x80) != 0) {
      // SSLv2: 15 bits of length, message type 1, version 0x0002 or 0x03xx.
      if (!Available(3)) return false;
      if (bytes_.At(2) == kClientHelloMessage) {
        if (!Available(5)) return false;
        const std::uint8_t major = bytes_.At(3);
        if (major == 3 || (major == 0 && bytes_.At(4) == 2)) {
          Fail(HelloVerdict::kSslV2, HelloReason::kSslV2, 0);
          return false;
        }
      }
    }
    Fail(HelloVerdict::kNotTls, HelloReason::kPlainText, 0);
    return false;
  }

  // ReadMessageHeader checks the 4-byte handshake header, as far as this record
  // of `size` bytes at `payload` holds it. The header may be spread over
  // records: then message_size_ stays 0 until the record that completes it.
  bool ReadMessageHeader(std::uint32_t payload, std::uint32_t size) {
    const std::uint32_t gathered = reader_.gathered_;
    if (gathered == 0 && size > 0) {
      if (!Available(payload + 1)) return false;
      if (bytes_.At(payload) != kClientHelloMessage) {
        Malformed(HelloReason::kMessageType, payload);
        return false;
      }
    }
    if (gathered + size < kMessageHeaderSize) return true;
    const auto missing = kMessageHeaderSize - gathered;
    if (!Available(payload + missing)) return false;
    std::uint8_t header[kMessageHeaderSize] = {};
    Gather(kMessageHeaderSize, header);
    const std::uint32_t body = LoadU24(header + 1);
    if (body + kMessageHeaderSize < kMinMessageSize) {
      Malformed(HelloReason::kMessageLength, StreamOffset(1));
      return false;
    }
    if (body + kMessageHeaderSize > reader_.limits_.max_message_bytes) {
      Fail(HelloVerdict::kTooLarge, HelloReason::kMessageTooLarge,
           StreamOffset(1));
      return false;
    }
    reader_.message_size_ = body + kMessageHeaderSize;
    return true;
  }

  // Finish parses the message, all of which is here. `payload` is where the
  // contents of its last record start.
  HelloVerdict Finish(std::uint32_t payload, std::span<std::uint8_t> scratch,
                      ClientHello* out) {
    const std::uint32_t size = reader_.message_size_;
    const std::uint8_t* message =
        reader_.gathered_ == 0 ? bytes_.Piece(payload, size) : nullptr;
    if (message == nullptr) {
      if (scratch.size() < size) {
        return Fail(HelloVerdict::kTooLarge, HelloReason::kScratchTooSmall,
                    StreamOffset(1));
      }
      Gather(size, scratch.data());
      message = scratch.data();
    }
    const BodyError error = ParseBody(message, size, reader_.policy_, out);
    if (error.reason != HelloReason::kNone) {
      return Malformed(error.reason, StreamOffset(error.offset));
    }
    return Accept(payload + size - reader_.gathered_,
                  static_cast<std::uint16_t>(reader_.records_ + 1), out);
  }

  // Gather copies the message's first `count` bytes, which are all here, to
  // `to`. The bounds hold even if the caller changed the bytes since the
  // records were checked.
  void Gather(std::uint32_t count, std::uint8_t* to) {
    std::size_t record = 0;
    while (count > 0 && bytes_.size() - record > kRecordHeaderSize) {
      const std::size_t payload = record + kRecordHeaderSize;
      const std::size_t size = RecordSize(record);
      const std::size_t part =
          std::min({std::size_t{count}, size, bytes_.size() - payload});
      if (part > 0) bytes_.Copy(payload, part, to);
      to += part;
      count -= static_cast<std::uint32_t>(part);
      if (bytes_.size() - payload < size) return;
      record = payload + size;
    }
  }

  // StreamOffset is where the message's byte `offset` lies in the stream; for
  // the byte after the message, the place after its last record.
  std::uint32_t StreamOffset(std::uint32_t offset) {
    std::uint32_t record = 0;
    while (record < reader_.record_offset_) {
      const std::uint32_t size = RecordSize(record);
      if (offset < size) break;
      offset -= size;
      record += kRecordHeaderSize + size;
    }
    return record + kRecordHeaderSize + offset;
  }

  std::uint32_t RecordSize(std::size_t record) {
    return std::uint32_t{bytes_.At(record + 3)} << 8 | bytes_.At(record + 4);
  }

  HelloReader& reader_;
  Bytes& bytes_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_HELLO_FRAMER_H_
