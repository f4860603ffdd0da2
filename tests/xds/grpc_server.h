#ifndef MESHGW_TESTS_XDS_GRPC_SERVER_H_
#define MESHGW_TESTS_XDS_GRPC_SERVER_H_

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshgw::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline const Fields kGrpcAnswer = {{":status", "200"},
                                   {"content-type", "application/grpc"}};

// Frame is an HTTP/2 frame as bytes, well-formed or not.
inline std::string RawFrame(std::uint8_t type, std::uint8_t flags,
                            std::uint32_t stream, std::string_view payload) {
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::string out;
  for (const std::uint32_t byte :
       {size >> 16, size >> 8, size, std::uint32_t{type}, std::uint32_t{flags},
        stream >> 24, stream >> 16, stream >> 8, stream}) {
    out.push_back(static_cast<char>(byte & 0xff));
  }
  return out.append(payload);
}

// GrpcServer is the server's end of one gRPC call on an HTTP/2 connection, by
// nghttp2: bytes in and out, without I/O. It does what a test says. It throws
// where the client breaks HTTP/2.
class GrpcServer {
 public:
  // What a request header was: `never_indexed` as of RFC 7541 6.2.3.
  struct RequestField {
    std::string name, value;
    bool never_indexed = false;
  };
  struct Options {
    std::uint32_t window_bytes = 65535;  // Of a stream, for the request.
    // The request's body is acknowledged by Consume alone.
    bool by_hand = false;
  };

  GrpcServer() : GrpcServer(Options{}) {}
  explicit GrpcServer(Options options) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* option = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0 ||
        nghttp2_option_new(&option) != 0) {
      throw std::bad_alloc();
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
                                                              &OnData);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &OnFrame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &OnClose);
    nghttp2_option_set_no_auto_window_update(option, options.by_hand ? 1 : 0);
    nghttp2_session* session = nullptr;
    const int result =
        nghttp2_session_server_new2(&session, callbacks, this, option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    if (result != 0) throw std::bad_alloc();
    session_.reset(session);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window_bytes}};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 1);
  }
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  void Receive(std::string_view bytes) {
    const ssize_t taken = nghttp2_session_mem_recv(
        session(), reinterpret_cast<const std::uint8_t*>(bytes.data()),
        bytes.size());
    if (taken < 0) {
      throw std::runtime_error(nghttp2_strerror(static_cast<int>(taken)));
    }
    if (nghttp2_session_want_read(session()) == 0 && !ending_) {
      throw std::runtime_error("the client's HTTP/2 is malformed");
    }
  }
  std::string TakeOutput() {
    std::string out = std::exchange(raw_, {});
    const std::uint8_t* data = nullptr;
    while (true) {
      const ssize_t size = nghttp2_session_mem_send(session(), &data);
      if (size <= 0) return out;
      out.append(reinterpret_cast<const char*>(data),
                 static_cast<std::size_t>(size));
    }
  }

  // The request.
  const std::vector<RequestField>& request() const { return request_; }
  std::string Find(std::string_view name) const {
    for (const RequestField& field : request_) {
      if (field.name == name) return field.value;
    }
    return "(none)";
  }
  std::int32_t stream() const { return stream_; }
  std::string TakeBody() { return std::exchange(body_, {}); }
  // With by_hand: lets the client send as much again.
  void Consume(std::size_t size) {
    nghttp2_session_consume(session(), stream_, size);
  }
  bool closed() const { return closed_; }
  // Frames of that type that came.
  std::size_t frames(std::uint8_t type) const { return frames_[type]; }
  std::string last_ping_answer() const { return ping_answer_; }
  // Settings of the client; as of RFC 9113 6.5.2.
  std::uint32_t setting(nghttp2_settings_id id) const {
    return nghttp2_session_get_remote_settings(session(), id);
  }

  // The answer: headers, a body, trailers.
  void SendHeaders(const Fields& fields = kGrpcAnswer) {
    provider_.source.ptr = this;
    provider_.read_callback = &ReadAnswer;
    const auto list = List(fields);
    nghttp2_submit_response(session(), stream_, list.data(), list.size(),
                            &provider_);
  }
  void SendBody(std::string_view bytes) {
    answer_.append(bytes);
    nghttp2_session_resume_data(session(), stream_);
  }
  void SendTrailers(const Fields& fields) {
    trailers_ = fields;
    ended_ = true;
    nghttp2_session_resume_data(session(), stream_);
  }
  // Ends the body without trailers.
  void EndBody() { SendTrailers({}); }
  // One block of headers that ends the stream.
  void SendOnly(const Fields& fields) {
    const auto list = List(fields);
    nghttp2_submit_response(session(), stream_, list.data(), list.size(),
                            nullptr);
  }
  void Reset(std::uint32_t code) {
    nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, stream_, code);
  }
  void GoAway(std::int32_t last_stream, std::uint32_t code,
              std::string_view debug) {
    ending_ = true;
    nghttp2_submit_goaway(session(), NGHTTP2_FLAG_NONE, last_stream, code,
                          reinterpret_cast<const std::uint8_t*>(debug.data()),
                          debug.size());
  }
  void Ping(std::string_view eight) {
    nghttp2_submit_ping(session(), NGHTTP2_FLAG_NONE,
                        reinterpret_cast<const std::uint8_t*>(eight.data()));
  }
  // Sends `bytes` as they are, ahead of what waits.
  void SendRaw(std::string_view bytes) { raw_ += bytes; }
  // From now on a client that goes away is no mistake.
  void ExpectEnd() { ending_ = true; }

  nghttp2_session* session() const { return session_.get(); }

 private:
  struct Deleter {
    void operator()(nghttp2_session* session) const {
      nghttp2_session_del(session);
    }
  };

  static std::vector<nghttp2_nv> List(const Fields& fields) {
    std::vector<nghttp2_nv> out;
    const auto bytes = [](const std::string& text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    for (const auto& [name, value] : fields) {
      out.push_back({bytes(name), bytes(value), name.size(), value.size(),
                     NGHTTP2_NV_FLAG_NONE});
    }
    return out;
  }
  static GrpcServer* Self(void* user) { return static_cast<GrpcServer*>(user); }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t flags, void* user) {
    Self(user)->stream_ = frame->hd.stream_id;
    Self(user)->request_.push_back(
        {std::string(reinterpret_cast<const char*>(name), name_size),
         std::string(reinterpret_cast<const char*>(value), value_size),
         (flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0});
    return 0;
  }
  static int OnData(nghttp2_session*, std::uint8_t, std::int32_t,
                    const std::uint8_t* data, std::size_t size, void* user) {
    Self(user)->body_.append(reinterpret_cast<const char*>(data), size);
    return 0;
  }
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    ++Self(user)->frames_[frame->hd.type];
    if (frame->hd.type == NGHTTP2_PING &&
        (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
      Self(user)->ping_answer_.assign(
          reinterpret_cast<const char*>(frame->ping.opaque_data), 8);
    }
    return 0;
  }
  static int OnClose(nghttp2_session*, std::int32_t, std::uint32_t,
                     void* user) {
    Self(user)->closed_ = true;
    return 0;
  }
  static ssize_t ReadAnswer(nghttp2_session* session, std::int32_t stream,
                            std::uint8_t* out, std::size_t size,
                            std::uint32_t* flags, nghttp2_data_source* source,
                            void*) {
    auto* server = static_cast<GrpcServer*>(source->ptr);
    const std::size_t count =
        std::min(size, server->answer_.size() - server->answered_);
    std::memcpy(out, server->answer_.data() + server->answered_, count);
    server->answered_ += count;
    if (server->answered_ < server->answer_.size()) {
      return static_cast<ssize_t>(count);
    }
    if (server->ended_) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!server->trailers_.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto list = List(server->trailers_);
        nghttp2_submit_trailer(session, stream, list.data(), list.size());
      }
    } else if (count == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(count);
  }

  std::unique_ptr<nghttp2_session, Deleter> session_;
  std::vector<RequestField> request_;
  std::int32_t stream_ = 0;
  std::string body_;
  bool closed_ = false;
  std::size_t frames_[256] = {};
  std::string ping_answer_;
  nghttp2_data_provider provider_{};
  std::string answer_;
  std::size_t answered_ = 0;
  bool ended_ = false;
  Fields trailers_;
  std::string raw_;
  bool ending_ = false;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_XDS_GRPC_SERVER_H_
