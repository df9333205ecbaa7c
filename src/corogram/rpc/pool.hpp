#pragma once

// All data centres behind one object, on Asio: dc_pool.hpp decides, and each connection is as in
// connection.hpp.
//
//   rpc::pool telegram(executor, std::move(where), make_options, clock, random);
//   auto config = co_await telegram.async_invoke(api::help::getConfig());

#include <corogram/rpc/connection.hpp>
#include <corogram/rpc/dc_pool.hpp>

#include <functional>
#include <memory>
#include <system_error>
#include <utility>

namespace corogram::rpc {

/// Makes the options of the connection to a data centre: keys, framing, time-outs, what
/// initConnection says. Addresses and the number of the data centre are filled in by the pool.
using options_maker = std::function<options(const dc_target&)>;

/// Functions that are told what happens. Any may be empty. Each is called on the pool's strand and
/// must not throw.
struct pool_hooks {
  pool_hooks() = default;

  std::function<void(const dc_target&, const stage&)> on_stage;
  /// The key of a data centre is worth storing.
  std::function<void(const dc_target&, const stored_key&)> on_key;
  /// Something that a server sent unasked, or a gap in that.
  std::function<void(const dc_target&, const received_update&)> on_update;
  std::function<void(std::int32_t dc_id)> on_main_dc;
  /// Nobody is signed in any more.
  std::function<void(std::error_code)> on_logged_out;
};

namespace detail {

class pool_shell;

std::shared_ptr<pool_shell> make_pool_shell(asio::any_io_executor executor, pool_options where,
                                            options_maker maker, const core::clock& clock,
                                            core::random_source& random, pool_hooks observers);
void start_request(const std::shared_ptr<pool_shell>& to, core::byte_buffer body,
                   const pool_request& how, completion_ptr<outcome> done,
                   asio::cancellation_slot slot);
void start_close(const std::shared_ptr<pool_shell>& to, completion_ptr<outcome> done);
void signed_in(const std::shared_ptr<pool_shell>& to, bool is);
void abandon(const std::shared_ptr<pool_shell>& to);

/// unpack_reply without a connection to tell: the pool's answers may come from any.
template <class F>
class unpack_pool_reply {
 public:
  explicit unpack_pool_reply(rpc_error* details) noexcept : details_(details) {}
  template <class Handler>
  void operator()(Handler handler, outcome&& end) const {
    unpack_reply<F>(details_, nullptr)(std::move(handler), std::move(end));
  }

 private:
  rpc_error* details_;
};

}  // namespace detail

/// Requests to whichever data centre they belong to, over one connection to each (and one more for
/// media).
/// Lifetime, threads: as for connection.
class pool {
 public:
  using executor_type = asio::any_io_executor;

  pool(executor_type executor, pool_options where, options_maker maker, const core::clock& clock,
       core::random_source& random, pool_hooks observers = {})
      : executor_(std::move(executor)),
        shell_(detail::make_pool_shell(executor_, std::move(where), std::move(maker), clock, random,
                                       std::move(observers))) {}
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;
  ~pool() { detail::abandon(shell_); }

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  /// async_invoke calls `request` and completes with its decoded answer:
  /// void(std::error_code, reply_to<F>). Errors that send it to another data centre are followed.
  /// Errors: those of connection::async_invoke and dc_pool::submit.
  /// Cancels: every type is total, as for connection::async_invoke.
  template <request_type F, asio::completion_token_for<void(std::error_code, reply_to<F>)> Token =
                                asio::use_awaitable_t<>>
  auto async_invoke(const F& request, Token&& token = Token()) {
    return initiate<F>(request, pool_request(), nullptr, token);
  }

  /// The same with options; `details` says more about an RPC error. Lifetime: `details` lives until
  /// the handler is called.
  template <request_type F, asio::completion_token_for<void(std::error_code, reply_to<F>)> Token =
                                asio::use_awaitable_t<>>
  auto async_invoke(const F& request, const pool_request& how, rpc_error& details,
                    Token&& token = Token()) {
    return initiate<F>(request, how, &details, token);
  }

  /// async_close ends every operation with errc::closed and completes when nothing is left running:
  /// void(std::error_code), always without an error. Cancels: not at all.
  template <asio::completion_token_for<void(std::error_code)> Token = asio::use_awaitable_t<>>
  auto async_close(Token&& token = Token()) {
    return asio::async_initiate<Token, void(std::error_code)>(initiate_close(*this), token);
  }

  /// signed_in tells that somebody has signed in at the main data centre, or out (false).
  void signed_in(bool is) { detail::signed_in(shell_, is); }

 private:
  template <class Unpack>
  class initiate_request {
   public:
    using executor_type = asio::any_io_executor;
    initiate_request(const pool& of, const pool_request& how, Unpack unpack)
        : executor_(of.executor_), shell_(of.shell_), how_(how), unpack_(unpack) {}
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
    template <class Handler>
    void operator()(Handler&& handler, core::byte_buffer body) const {
      const auto slot = asio::get_associated_cancellation_slot(handler);
      detail::start_request(shell_, std::move(body), how_,
                            detail::make_completion<detail::outcome>(std::forward<Handler>(handler),
                                                                     executor_, unpack_),
                            slot);
    }

   private:
    executor_type executor_;
    std::shared_ptr<detail::pool_shell> shell_;
    pool_request how_;
    Unpack unpack_;
  };

  class initiate_close {
   public:
    using executor_type = asio::any_io_executor;
    explicit initiate_close(const pool& of) : executor_(of.executor_), shell_(of.shell_) {}
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
    template <class Handler>
    void operator()(Handler&& handler) const {
      detail::start_close(
          shell_, detail::make_completion<detail::outcome>(std::forward<Handler>(handler),
                                                           executor_, detail::unpack_code()));
    }

   private:
    executor_type executor_;
    std::shared_ptr<detail::pool_shell> shell_;
  };

  template <class F, class Token>
  auto initiate(const F& request, const pool_request& how, rpc_error* details, Token& token) {
    return asio::async_initiate<Token, void(std::error_code, reply_to<F>)>(
        initiate_request(*this, how, detail::unpack_pool_reply<F>(details)), token,
        tl::encode(request));
  }

  executor_type executor_;
  std::shared_ptr<detail::pool_shell> shell_;
};

}  // namespace corogram::rpc
