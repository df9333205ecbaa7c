#include <corogram/mtproto/outgoing.hpp>

namespace corogram::mtproto {

core::packet_buffer lay_out(const session_header& header, const outgoing_message& message,
                            core::random_source& random) {
  core::packet_buffer packet(packet_size(message.size()));
  begin_packet(header, message.msg_id, message.seq_no, message.size(), packet.back());
  packet.back().bytes(message.head).bytes(message.content);
  end_packet(message.size(), random, packet.back());
  return packet;
}

core::packet_buffer lay_out_container(const session_header& header, std::int64_t msg_id,
                                      std::int32_t seq_no,
                                      const std::vector<outgoing_message>& messages,
                                      core::random_source& random) {
  const std::size_t size = container_size(messages);
  core::packet_buffer packet(packet_size(size));
  begin_packet(header, msg_id, seq_no, size, packet.back());
  write_container(messages, packet.back());
  end_packet(size, random, packet.back());
  return packet;
}

}  // namespace corogram::mtproto
