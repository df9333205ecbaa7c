// The only file that includes Asio's TLS and OpenSSL's libssl.

#include <corogram/rpc/tls.hpp>

#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>
#include <asio/ssl/context.hpp>
#include <asio/ssl/error.hpp>
#include <asio/ssl/host_name_verification.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <utility>

namespace corogram::rpc {

class tls_context {
 public:
  tls_context(asio::ssl::context::method method, bool verify_)
      : context(method), is_server(method == asio::ssl::context::tls_server), verify(verify_) {}

  asio::ssl::context context;
  bool is_server;
  bool verify;
};

namespace {

class tls_stream final : public byte_stream {
 public:
  tls_stream(asio::ip::tcp::socket socket, std::shared_ptr<tls_context> context,
             const std::string& host)
      : context_(std::move(context)), stream_(std::move(socket), context_->context) {
    if (context_->is_server) return;
    // Only names are announced, as RFC 6066 demands.
    std::error_code is_no_address;
    (void)asio::ip::make_address(host, is_no_address);
    if (is_no_address) SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
    if (!context_->verify) return;
    stream_.set_verify_mode(asio::ssl::verify_peer);
    stream_.set_verify_callback(asio::ssl::host_name_verification(host));
  }

  asio::awaitable<void> handshake(std::error_code& failure) override {
    return stream_.async_handshake(
        context_->is_server ? asio::ssl::stream_base::server : asio::ssl::stream_base::client,
        asio::redirect_error(asio::use_awaitable, failure));
  }

  asio::awaitable<std::size_t> read_some(core::byte_span target,
                                         std::error_code& failure) override {
    const std::size_t count =
        co_await stream_.async_read_some(asio::buffer(target.data(), target.size()),
                                         asio::redirect_error(asio::use_awaitable, failure));
    // Peers end the TCP connection without a word of TLS; the messages inside have ends of their
    // own, so that nothing can be cut off unnoticed.
    if (failure == asio::ssl::error::stream_truncated) failure = asio::error::eof;
    co_return count;
  }

  asio::awaitable<void> write(std::span<const core::byte_view> pieces,
                              std::error_code& failure) override {
    co_await asio::async_write(stream_, detail::gathered(pieces),
                               asio::redirect_error(asio::use_awaitable, failure));
  }

  asio::ip::tcp::socket& socket() noexcept override { return stream_.next_layer(); }

 private:
  std::shared_ptr<tls_context> context_;
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
};

}  // namespace

std::shared_ptr<tls_context> make_tls_server(const std::string& certificates_pem,
                                             const core::secret_buffer& private_key_pem) {
  auto made = std::make_shared<tls_context>(asio::ssl::context::tls_server, false);
  made->context.use_certificate_chain(asio::buffer(certificates_pem));
  const core::byte_view key = private_key_pem.view();
  made->context.use_private_key(asio::buffer(key.data(), key.size()), asio::ssl::context::pem);
  return made;
}

std::shared_ptr<tls_context> make_tls_client(const tls_trust& trust) {
  auto made = std::make_shared<tls_context>(asio::ssl::context::tls_client, trust.verify);
  if (!trust.verify) return made;
  made->context.set_default_verify_paths();
  if (!trust.certificates_pem.empty())
    made->context.add_certificate_authority(asio::buffer(trust.certificates_pem));
  return made;
}

bool is_tls_failure(std::error_code failure) noexcept {
  return failure.category() == asio::error::get_ssl_category() ||
         failure.category() == asio::ssl::error::get_stream_category();
}

bool is_trust_failure(std::error_code failure) noexcept {
  return failure.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(failure.value())) ==
             SSL_R_CERTIFICATE_VERIFY_FAILED;
}

std::unique_ptr<byte_stream> make_tls_stream(asio::ip::tcp::socket socket,
                                             std::shared_ptr<tls_context> context,
                                             const std::string& host) {
  return std::make_unique<tls_stream>(std::move(socket), std::move(context), host);
}

}  // namespace corogram::rpc
