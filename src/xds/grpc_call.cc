#include "xds/grpc_call.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/str_format.h"
#include "xds/shown_text.h"

namespace meshgw::internal {
namespace {

constexpr std::size_t kFrameHeader = 9;
constexpr std::size_t kMaxDebugData = 256;
constexpr std::size_t kMaxHeaderValue = 4096;
constexpr std::uint32_t kMaxHeaderList = std::uint32_t{64} << 10;

nghttp2_nv Header(const std::string& name, const std::string& value,
                  std::uint8_t flags = NGHTTP2_NV_FLAG_NONE) {
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), flags};
}

// Source: gRPC doc/PROTOCOL-HTTP2.md, Errors.
GrpcCode CodeOfReset(std::uint32_t error_code) {
  switch (error_code) {
    case NGHTTP2_REFUSED_STREAM:
      return GrpcCode::kUnavailable;
    case NGHTTP2_CANCEL:
      return GrpcCode::kCancelled;
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return GrpcCode::kResourceExhausted;
    case NGHTTP2_INADEQUATE_SECURITY:
      return GrpcCode::kPermissionDenied;
    default:
      return GrpcCode::kInternal;
  }
}

// Whether bytes may be the begin of a server's first frame: SETTINGS, which is
// short (RFC 9113 3.4).
bool BeginsLikeHttp2(std::string_view bytes) {
  return bytes[0] == 0 && (bytes.size() <= 3 || bytes[3] == NGHTTP2_SETTINGS);
}

// What bytes are that do not begin as an HTTP/2 server's do.
std::string_view WhatItIs(std::string_view bytes) {
  if (bytes.starts_with("HTTP/1.")) {
    return "the server speaks HTTP/1, not gRPC; is it the HTTP port?";
  }
  if (bytes.size() >= 2 && bytes[0] == '\x15' && bytes[1] == '\x03') {
    return "the server speaks TLS; is it the TLS port (https://)?";
  }
  return "the server does not speak HTTP/2, so no gRPC";
}

}  // namespace

struct GrpcCall::Callbacks {
  static GrpcCall* Call(void* user) { return static_cast<GrpcCall*>(user); }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* user) {
    GrpcCall* call = Call(user);
    if (frame->hd.stream_id != call->stream_) return 0;
    call->headers_whole_ = false;
    const std::string_view key(reinterpret_cast<const char*>(name), name_size);
    const std::string_view text(reinterpret_cast<const char*>(value),
                                std::min(value_size, kMaxHeaderValue));
    if (key == ":status") call->http_status_ = text;
    if (key == "grpc-status") call->grpc_status_ = text;
    if (key == "grpc-message") call->grpc_message_ = text;
    return 0;
  }

  static int OnData(nghttp2_session*, std::uint8_t, std::int32_t stream,
                    const std::uint8_t* data, std::size_t size, void* user) {
    GrpcCall* call = Call(user);
    // Another answer's body, a page of a proxy for example, is no message.
    if (stream == call->stream_ && call->http_status_ == "200") {
      call->received_.append(reinterpret_cast<const char*>(data), size);
    }
    return 0;
  }

  static int OnStreamClose(nghttp2_session*, std::int32_t stream,
                           std::uint32_t error_code, void* user) {
    GrpcCall* call = Call(user);
    if (stream == call->stream_) call->EndByStreamClose(error_code);
    return 0;
  }

  // Before the session has told the server, which may go on until then.
  static int OnInvalidFrame(nghttp2_session*, const nghttp2_frame* frame,
                            int error, void* user) {
    GrpcCall* call = Call(user);
    if (frame->hd.stream_id != call->stream_) return 0;
    call->End(
        {GrpcCode::kInternal, StrFormat("the server's HTTP/2 is malformed: %s",
                                        nghttp2_strerror(error))});
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    GrpcCall* call = Call(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      const auto& goaway = frame->goaway;
      call->debug_data_.assign(
          reinterpret_cast<const char*>(goaway.opaque_data),
          std::min(goaway.opaque_data_len, kMaxDebugData));
    }
    if (frame->hd.type == NGHTTP2_HEADERS) call->headers_whole_ = true;
    if (frame->hd.type == NGHTTP2_RST_STREAM) call->server_reset_ = true;
    // The answer has ended. That the stream is closed is not waited for: the
    // request goes on until we end it.
    const bool last =
        frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (last && frame->hd.stream_id == call->stream_ &&
        (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      call->EndByStreamClose(NGHTTP2_NO_ERROR);
    }
    return 0;
  }

  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* out,
                          std::size_t size, std::uint32_t*,
                          nghttp2_data_source* source, void*) {
    GrpcCall* call = static_cast<GrpcCall*>(source->ptr);
    if (call->unsent() == 0) {
      call->deferred_ = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    const std::size_t count = std::min(size, call->unsent());
    std::memcpy(out, call->body_.data() + call->body_sent_, count);
    call->body_sent_ += count;
    if (call->unsent() == 0) {
      call->body_.clear();
      call->body_sent_ = 0;
    }
    return static_cast<ssize_t>(count);
  }
};

void GrpcCall::SessionDeleter::operator()(nghttp2_session* session) const {
  nghttp2_session_del(session);
}

GrpcCall::GrpcCall(GrpcCallOptions options) : options_(std::move(options)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
  nghttp2_session_callbacks_set_on_header_callback(callbacks,
                                                   &Callbacks::OnHeader);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
                                                            &Callbacks::OnData);
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, &Callbacks::OnStreamClose);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
                                                       &Callbacks::OnFrame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
      callbacks, &Callbacks::OnInvalidFrame);
  nghttp2_session* session = nullptr;
  const int result = nghttp2_session_client_new(&session, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  if (result != 0) throw std::bad_alloc();
  session_.reset(session);
  Submit();
}

GrpcCall::~GrpcCall() = default;

void GrpcCall::Submit() {
  const auto window = static_cast<std::uint32_t>(options_.window_bytes);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderList}};
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings,
                          std::size(settings));
  nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0,
                                        options_.window_bytes);
  const std::pair<std::string, std::string> fields[] = {
      {":method", "POST"},
      {":scheme", options_.scheme},
      {":path", options_.path},
      {":authority", options_.authority},
      {"te", "trailers"},
      {"content-type", "application/grpc"},
      {"user-agent", options_.user_agent},
  };
  std::vector<nghttp2_nv> headers;
  for (const auto& [name, value] : fields) {
    headers.push_back(Header(name, value));
  }
  for (const auto& [name, value] : options_.metadata) {
    headers.push_back(Header(name, value, NGHTTP2_NV_FLAG_NO_INDEX));
  }
  nghttp2_data_provider provider{};
  provider.source.ptr = this;
  provider.read_callback = &Callbacks::ReadBody;
  stream_ = nghttp2_submit_request(session_.get(), nullptr, headers.data(),
                                   headers.size(), &provider, nullptr);
  if (stream_ < 0) throw std::bad_alloc();
}

// A server's first frame is SETTINGS (RFC 9113 3.4). What else it may be is
// told before the session counts it as an error of HTTP/2.
bool GrpcCall::CheckFirstBytes(std::string_view* bytes) {
  first_.append(bytes->substr(0, kFrameHeader - first_.size()));
  // TLS alerts are shorter than a frame's header.
  const bool alert = first_.starts_with("\x15\x03");
  if (first_.size() < kFrameHeader && !alert) return false;
  known_http2_ = !alert && first_[3] == NGHTTP2_SETTINGS &&
                 first_.ends_with(std::string_view("\0\0\0\0", 4));
  if (!known_http2_) {
    End({GrpcCode::kUnavailable, std::string(WhatItIs(first_))});
  }
  return known_http2_;
}

void GrpcCall::Receive(std::string_view bytes) {
  if (status_.has_value()) return;
  std::string whole;
  if (!known_http2_) {
    const std::size_t held = first_.size();
    if (!CheckFirstBytes(&bytes)) return;
    whole = first_.substr(0, held) + std::string(bytes);
    bytes = whole;
  }
  const ssize_t taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()),
      bytes.size());
  if (taken < 0) {
    End({GrpcCode::kInternal,
         StrFormat("HTTP/2: %s", nghttp2_strerror(static_cast<int>(taken)))});
  }
}

void GrpcCall::Disconnect(std::string_view why) {
  if (status_.has_value()) return;
  if (!known_http2_ && !first_.empty() && !BeginsLikeHttp2(first_)) {
    return End({GrpcCode::kUnavailable, std::string(WhatItIs(first_))});
  }
  std::string text(why.empty() ? "the server closed the connection" : why);
  if (!debug_data_.empty()) {
    text += StrFormat(" (it said: %s)", ShownText(debug_data_, kMaxDebugData));
  }
  End({GrpcCode::kUnavailable, std::move(text)});
}

void GrpcCall::SendBody(std::string_view bytes) {
  if (status_.has_value() || bytes.empty()) return;
  body_.append(bytes);
  if (!std::exchange(deferred_, false)) return;
  nghttp2_session_resume_data(session_.get(), stream_);
}

std::string GrpcCall::TakeOutput() {
  std::string out;
  const std::uint8_t* data = nullptr;
  while (true) {
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size < 0) {
      End({GrpcCode::kInternal,
           StrFormat("HTTP/2: %s", nghttp2_strerror(static_cast<int>(size)))});
      break;
    }
    if (size == 0) break;
    out.append(reinterpret_cast<const char*>(data),
               static_cast<std::size_t>(size));
  }
  // The session ends by itself what breaks the protocol, once it has told the
  // server so.
  if (!status_.has_value() && nghttp2_session_want_read(session_.get()) == 0) {
    End({GrpcCode::kInternal, "the server's HTTP/2 is malformed"});
  }
  return out;
}

void GrpcCall::EndByStreamClose(std::uint32_t error_code) {
  // A status that was given counts, however the stream was closed behind it.
  if (headers_whole_ &&
      (grpc_status_.has_value() ||
       (error_code == NGHTTP2_NO_ERROR && !http_status_.empty()))) {
    const auto view = [](const std::optional<std::string>& text) {
      return text.has_value() ? std::optional<std::string_view>(*text)
                              : std::nullopt;
    };
    return End(
        MakeGrpcStatus(http_status_, view(grpc_status_), view(grpc_message_)));
  }
  std::string text =
      StrFormat("%s (%s)",
                server_reset_ ? "the server reset the call"
                              : "the server's HTTP/2 is malformed",
                nghttp2_http2_strerror(error_code));
  if (!debug_data_.empty()) {
    text += StrFormat(": %s", ShownText(debug_data_, kMaxDebugData));
  }
  End({CodeOfReset(error_code), std::move(text)});
}

void GrpcCall::End(GrpcStatus status) {
  if (!status_.has_value()) status_ = std::move(status);
}

}  // namespace meshgw::internal
