#pragma once

// The client's connection to one data centre, on Asio. The only public header of this layer that
// includes Asio; the protocol is in engine.hpp and below.
//
//   rpc::connection dc(executor, std::move(options), clock, random);
//   auto config = co_await dc.async_invoke(api::help::getConfig());
//   if (auto* found = config->get_if<api::config>()) ...

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/log.hpp>
#include <corogram/core/random.hpp>
#include <corogram/rpc/detail/completion.hpp>
#include <corogram/rpc/errc.hpp>
#include <corogram/rpc/options.hpp>
#include <corogram/rpc/reply.hpp>
#include <corogram/rpc/rpc_error.hpp>
#include <corogram/rpc/stage.hpp>
#include <corogram/rpc/update_queue.hpp>
#include <corogram/tl/codec.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

namespace corogram::rpc {

/// request_type is what async_invoke takes: a generated function. An aggregate is refused, because
/// g++ 12 destroys aggregate temporaries twice in an expression with co_await.
template <class F>
concept request_type = requires {
  typename F::result_type;
  F::tl_id;
} && !std::is_aggregate_v<F>;

template <class F>
using reply_to = reply<typename F::result_type>;

/// Functions that are told what happens. Any may be empty. Each is called on the connection's
/// strand and must not throw; it may start operations on the connection.
struct hooks {
  hooks() = default;

  /// Each step from an address to an answer.
  std::function<void(const stage&)> on_stage;
  /// The key, its salt or its clock has changed: worth storing for the next run.
  std::function<void(const stored_key&)> on_key;
  /// Nobody is signed in any more, says the server with this error (ERR-06, ERR-12, PFS-19).
  std::function<void(std::error_code)> on_authorization_lost;
  core::log_sink log;
};

namespace detail {

class shell;

/// How a request, or the wait for the session, ended.
struct outcome {
  outcome() = default;

  std::error_code failure;
  core::byte_buffer body;
  rpc_error details;
};

struct update_outcome {
  update_outcome() = default;

  std::error_code failure;
  received_update update;
};

std::shared_ptr<shell> make_shell(asio::any_io_executor executor, options settings,
                                  const core::clock& clock, core::random_source& random,
                                  hooks observers);
// Called by initiating functions: they post to the strand and return at once.
void start_request(const std::shared_ptr<shell>& to, core::byte_buffer body,
                   const request_options& how, completion_ptr<outcome> done,
                   asio::cancellation_slot slot);
void start_wait(const std::shared_ptr<shell>& to, completion_ptr<outcome> done,
                asio::cancellation_slot slot);
void start_receive(const std::shared_ptr<shell>& to, completion_ptr<update_outcome> done,
                   asio::cancellation_slot slot);
void start_close(const std::shared_ptr<shell>& to, completion_ptr<outcome> done);
void introduce(const std::shared_ptr<shell>& to, client_info client);
void use_endpoints(const std::shared_ptr<shell>& to, std::vector<endpoint> endpoints);
void misread(const std::shared_ptr<shell>& to);
void abandon(const std::shared_ptr<shell>& to);

// What becomes of an outcome. None of these is an aggregate: see request_type.

class unpack_code {
 public:
  unpack_code() noexcept {}
  template <class Handler>
  void operator()(Handler handler, outcome&& end) const {
    std::move(handler)(end.failure);
  }
};

class unpack_body {
 public:
  explicit unpack_body(rpc_error* details) noexcept : details_(details) {}
  template <class Handler>
  void operator()(Handler handler, outcome&& end) const {
    if (details_ != nullptr) *details_ = std::move(end.details);
    std::move(handler)(end.failure, std::move(end.body));
  }

 private:
  rpc_error* details_;
};

template <class F>
class unpack_reply {
 public:
  unpack_reply(rpc_error* details, const std::shared_ptr<shell>& from) noexcept
      : details_(details), from_(from) {}
  template <class Handler>
  void operator()(Handler handler, outcome&& end) const {
    if (details_ != nullptr) *details_ = std::move(end.details);
    if (end.failure) return std::move(handler)(end.failure, reply_to<F>());
    auto decoded = tl::decode_result<F>(std::move(end.body));
    if (!decoded) {
      if (const auto from = from_.lock()) misread(from);
      return std::move(handler)(decoded.error().code, reply_to<F>());
    }
    std::move(handler)(std::error_code(), reply_to<F>(*std::move(decoded)));
  }

 private:
  rpc_error* details_;
  std::weak_ptr<shell> from_;
};

class unpack_update {
 public:
  unpack_update() noexcept {}
  template <class Handler>
  void operator()(Handler handler, update_outcome&& end) const {
    std::move(handler)(end.failure, std::move(end.update));
  }
};

}  // namespace detail

/// One session with one data centre, over as many TCP connections as it takes (one at a time,
/// ERR-13). It connects when the first operation asks for it, reconnects until it is closed or a
/// failure is final (is_final()), and from then on answers every operation with that failure.
///
/// Each `async_` operation takes a completion token last, by default asio::use_awaitable, which
/// throws std::system_error. Handlers are posted to their executor, never called from within the
/// initiating function.
///
/// Lifetime: the clock, the random source and what the hooks refer to outlive the last handler that
/// runs on behalf of the connection: until async_close completes, or the context has nothing more
/// to run. The context outlives the connection. Destroying the connection closes it; operations
/// under way then end with errc::closed, and if it is the context that ends, their handlers are
/// destroyed. Threads: every member may be called from any thread, but not at once with the
/// destructor.
class connection {
 public:
  using executor_type = asio::any_io_executor;

  /// Errors: none here. Options that cannot work end the first operation with errc::bad_options.
  connection(executor_type executor, options settings, const core::clock& clock,
             core::random_source& random, hooks observers = {})
      : executor_(std::move(executor)),
        shell_(detail::make_shell(executor_, std::move(settings), clock, random,
                                  std::move(observers))) {}
  connection(connection&&) noexcept = default;
  connection& operator=(connection&& other) noexcept {
    if (this != &other) {
      if (shell_) detail::abandon(shell_);
      executor_ = std::move(other.executor_);
      shell_ = std::move(other.shell_);
    }
    return *this;
  }
  ~connection() {
    if (shell_) detail::abandon(shell_);
  }

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  /// async_connect waits until the server has answered in our session: void(std::error_code).
  /// Errors: the last failure when options::request_timeout is over (errc::connect_timed_out,
  /// errc::handshake_timed_out, errc::disconnected, errc::host_not_found, what the system says of
  /// the socket (std::system_category), what the layers below say of the server's bytes); every
  /// final failure; errc::too_many_requests.
  /// Cancels: every type ends the wait with operation_aborted; the connection goes on.
  template <asio::completion_token_for<void(std::error_code)> Token = asio::use_awaitable_t<>>
  auto async_connect(Token&& token = Token()) {
    return asio::async_initiate<Token, void(std::error_code)>(initiate_wait(*this), token);
  }

  /// async_invoke calls `request` and completes with its decoded answer:
  /// void(std::error_code, reply_to<F>). The first request travels inside invokeWithLayer and
  /// initConnection, also after the server has forgotten us. The server runs each request once,
  /// however often the TCP connection breaks.
  /// Errors: RPC errors (category "corogram.api", see parse_rpc_error); errc::request_timed_out;
  /// errc::too_many_requests; what tl says of an answer that it cannot read; what the session says
  /// of a request that it gives up (mtproto::errc); those of async_connect.
  /// Cancels: every type is total: the request is forgotten, the server is told to drop its answer
  /// (SM-05), and the operation ends with asio::error::operation_aborted. The server may run it all
  /// the same.
  template <request_type F, asio::completion_token_for<void(std::error_code, reply_to<F>)> Token =
                                asio::use_awaitable_t<>>
  auto async_invoke(const F& request, Token&& token = Token()) {
    return initiate<F>(request, request_options(), nullptr, token);
  }

  /// The same for a request with options of its own.
  template <request_type F, asio::completion_token_for<void(std::error_code, reply_to<F>)> Token =
                                asio::use_awaitable_t<>>
  auto async_invoke(const F& request, const request_options& how, Token&& token = Token()) {
    return initiate<F>(request, how, nullptr, token);
  }

  /// The same; `details` says more about an RPC error. It is written just before the handler is
  /// called, to default values if there was none. Lifetime: `details` lives until then.
  template <request_type F, asio::completion_token_for<void(std::error_code, reply_to<F>)> Token =
                                asio::use_awaitable_t<>>
  auto async_invoke(const F& request, const request_options& how, rpc_error& details,
                    Token&& token = Token()) {
    return initiate<F>(request, how, &details, token);
  }

  /// invoke is async_invoke for coroutines that handle errors as exceptions.
  /// Errors: throws rpc_exception for RPC errors, std::system_error for the others.
  template <request_type F>
  asio::awaitable<reply_to<F>> invoke(F request, request_options how = request_options()) {
    rpc_error details;
    std::error_code failure;
    reply_to<F> answer = co_await async_invoke(request, how, details,
                                               asio::redirect_error(asio::use_awaitable, failure));
    if (failure && failure.category() == api_category()) throw rpc_exception(std::move(details));
    if (failure) throw std::system_error(failure);
    co_return answer;
  }

  /// async_invoke_bytes calls the serialised, boxed function `body` and completes with the
  /// serialised, boxed answer: void(std::error_code, core::byte_buffer).
  /// Errors, Cancels: as async_invoke, but that nothing is decoded.
  template <asio::completion_token_for<void(std::error_code, core::byte_buffer)> Token =
                asio::use_awaitable_t<>>
  auto async_invoke_bytes(core::byte_buffer body, const request_options& how, rpc_error& details,
                          Token&& token = Token()) {
    return asio::async_initiate<Token, void(std::error_code, core::byte_buffer)>(
        initiate_request(*this, how, detail::unpack_body(&details)), token, std::move(body));
  }

  /// async_receive_update waits for something that the server sends unasked:
  /// void(std::error_code, received_update). One at a time.
  /// Errors: errc::already_receiving; the failure that has ended the connection, once all that had
  /// come before is received.
  /// Cancels: every type ends the wait with operation_aborted; no update is lost.
  template <asio::completion_token_for<void(std::error_code, received_update)> Token =
                asio::use_awaitable_t<>>
  auto async_receive_update(Token&& token = Token()) {
    return asio::async_initiate<Token, void(std::error_code, received_update)>(
        initiate_receive(*this), token);
  }

  /// async_close ends every operation with errc::closed and completes when nothing of the
  /// connection is left running: void(std::error_code), always without an error. A name that is
  /// just being resolved can hold it up, since the system cannot be interrupted there.
  /// Cancels: not at all.
  template <asio::completion_token_for<void(std::error_code)> Token = asio::use_awaitable_t<>>
  auto async_close(Token&& token = Token()) {
    return asio::async_initiate<Token, void(std::error_code)>(initiate_close(*this), token);
  }

  /// introduce replaces what initConnection tells the server, from the next request on (INV-02).
  void introduce(client_info client) { detail::introduce(shell_, std::move(client)); }

  /// use_endpoints replaces the addresses of the data centre, from the next attempt to connect on
  /// (DC-01). Pre: not empty.
  void use_endpoints(std::vector<endpoint> endpoints) {
    detail::use_endpoints(shell_, std::move(endpoints));
  }

  /// misread is for whoever cannot read an update because it is not of our layer: the server is
  /// told the layer again, over another TCP connection, and a gap in the updates follows (INV-05).
  /// Answers that cannot be read have the same effect by themselves.
  void misread() { detail::misread(shell_); }

 private:
  // The initiations own what they need: with a lazy token they run after the call has returned.
  class initiation {
   public:
    using executor_type = asio::any_io_executor;
    explicit initiation(const connection& of) : executor_(of.executor_), shell_(of.shell_) {}
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

   protected:
    executor_type executor_;
    std::shared_ptr<detail::shell> shell_;
  };

  class initiate_wait : public initiation {
   public:
    using initiation::initiation;
    template <class Handler>
    void operator()(Handler&& handler) const {
      const auto slot = asio::get_associated_cancellation_slot(handler);
      detail::start_wait(shell_,
                         detail::make_completion<detail::outcome>(std::forward<Handler>(handler),
                                                                  executor_, detail::unpack_code()),
                         slot);
    }
  };

  template <class Unpack>
  class initiate_request : public initiation {
   public:
    initiate_request(const connection& of, const request_options& how, Unpack unpack)
        : initiation(of), how_(how), unpack_(unpack) {}
    template <class Handler>
    void operator()(Handler&& handler, core::byte_buffer body) const {
      const auto slot = asio::get_associated_cancellation_slot(handler);
      detail::start_request(shell_, std::move(body), how_,
                            detail::make_completion<detail::outcome>(std::forward<Handler>(handler),
                                                                     executor_, unpack_),
                            slot);
    }

   private:
    request_options how_;
    Unpack unpack_;
  };

  class initiate_receive : public initiation {
   public:
    using initiation::initiation;
    template <class Handler>
    void operator()(Handler&& handler) const {
      const auto slot = asio::get_associated_cancellation_slot(handler);
      detail::start_receive(shell_,
                            detail::make_completion<detail::update_outcome>(
                                std::forward<Handler>(handler), executor_, detail::unpack_update()),
                            slot);
    }
  };

  class initiate_close : public initiation {
   public:
    using initiation::initiation;
    template <class Handler>
    void operator()(Handler&& handler) const {
      detail::start_close(
          shell_, detail::make_completion<detail::outcome>(std::forward<Handler>(handler),
                                                           executor_, detail::unpack_code()));
    }
  };

  template <class F, class Token>
  auto initiate(const F& request, const request_options& how, rpc_error* details, Token& token) {
    return asio::async_initiate<Token, void(std::error_code, reply_to<F>)>(
        initiate_request(*this, how, detail::unpack_reply<F>(details, shell_)), token,
        tl::encode(request));
  }

  executor_type executor_;
  std::shared_ptr<detail::shell> shell_;
};

}  // namespace corogram::rpc
