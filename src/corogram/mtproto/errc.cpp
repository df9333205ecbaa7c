#include <corogram/mtproto/errc.hpp>

namespace corogram::mtproto {
namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.mtproto"; }

  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::not_plain:
        return "not an unencrypted message";
      case errc::bad_message_id:
        return "the message id is not one that this sender may use";
      case errc::bad_message_length:
        return "the message length does not fit the packet";
      case errc::unexpected_message:
        return "a message of a type that has no place here";
      case errc::not_canonical:
        return "not written in the one right way";
      case errc::nonce_mismatch:
        return "a nonce is not the one of this run";
      case errc::no_known_key:
        return "the server offers no RSA key that we know";
      case errc::bad_pq:
        return "pq is not a product of two primes, or p and q are not its factors";
      case errc::hash_mismatch:
        return "the hash of the decrypted data is wrong";
      case errc::new_nonce_hash_mismatch:
        return "the hash of the new nonce is wrong";
      case errc::bad_lifetime:
        return "a temporary key without a lifetime";
      case errc::bad_retry_id:
        return "the retry_id is not that of this attempt";
      case errc::key_refused:
        return "the server gave the key exchange up";
      case errc::wrong_dc:
        return "the server does not serve this data centre id";
      case errc::too_many_attempts:
        return "the key exchange failed as often as is allowed";
      case errc::timed_out:
        return "no answer in time";
      case errc::transport_error:
        return "the other side sent a transport error";
      case errc::bad_binding:
        return "the binding of the temporary key does not fit";
      case errc::bad_packet:
        return "an encrypted packet fails its checks";
      case errc::unknown_key:
        return "no key has this id";
      case errc::wrong_session:
        return "the message is for another session";
      case errc::duplicate_message:
        return "the message came before";
      case errc::message_too_old:
        return "the message is older than all that are remembered";
      case errc::bad_message_time:
        return "the time of the message is too far from the clock";
      case errc::bad_salt:
        return "the salt is not good now";
      case errc::bad_sequence_number:
        return "the sequence number does not fit";
      case errc::bad_container:
        return "the container is not well-formed";
      case errc::too_many_elements:
        return "more messages or ids than one message may hold";
      case errc::bad_packing:
        return "the packed object may not be packed";
      case errc::too_many_requests:
        return "too many calls are under way";
      case errc::message_too_long:
        return "the call does not fit a message";
      case errc::not_repairable:
        return "the server refuses the call again and again";
      case errc::outcome_unknown:
        return "whether the call was processed is not known";
      case errc::limit_exceeded:
        return "the peer has exceeded a limit";
    }
    return "unknown error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& mtproto_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace corogram::mtproto
