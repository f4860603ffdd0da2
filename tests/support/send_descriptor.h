#ifndef MESHGW_TESTS_SUPPORT_SEND_DESCRIPTOR_H_
#define MESHGW_TESTS_SUPPORT_SEND_DESCRIPTOR_H_

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace meshgw::test {

// SendWithDescriptor sends `bytes` over the unix-domain socket `fd` with a
// descriptor beside them, behind which every read stops. False: not all.
inline bool SendWithDescriptor(int fd, std::vector<std::uint8_t> bytes) {
  iovec data{.iov_base = bytes.data(), .iov_len = bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &fd, sizeof(int));
  return ::sendmsg(fd, &message, MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SUPPORT_SEND_DESCRIPTOR_H_
