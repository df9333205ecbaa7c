// The coroutines between the engine and the operating system: one for each link, which dials and
// reads; one for each burst of writing; one that waits for the engine's deadlines. All of them, and
// all state, belong to one strand. Whatever has to be decided, the engine decides.

#include <corogram/rpc/byte_stream.hpp>
#include <corogram/rpc/connection.hpp>
#include <corogram/rpc/dial.hpp>
#include <corogram/rpc/engine.hpp>
#include <corogram/rpc/tls.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/receive_buffer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/error.hpp>
#include <asio/execution/context.hpp>
#include <asio/execution_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/query.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace corogram::rpc::detail {
namespace {

/// Units: bytes. What one read takes at most during a handshake.
constexpr std::size_t handshake_read_size = std::size_t{16} << 10;

/// The shells of one execution context. When the context ends, pending handlers have to be
/// destroyed here: one of them may own the connection that owns the shell that owns the handler.
class shell_registry final : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;

  explicit shell_registry(asio::execution_context& context)
      : asio::execution_context::service(context) {}

  void add(const std::shared_ptr<shell>& member) {
    const std::lock_guard lock(mutex_);
    std::erase_if(members_, [](const auto& other) { return other.expired(); });
    members_.push_back(member);
  }

 private:
  void shutdown() override;

  std::mutex mutex_;
  std::vector<std::weak_ptr<shell>> members_;
};

asio::execution_context::id shell_registry::id;

/// What the system or Asio says of a socket, in words that do not depend on Asio: its own category
/// is equivalent to no std::errc.
std::error_code translated(std::error_code failure) {
  if (failure == asio::error::eof || failure == asio::error::connection_reset ||
      failure == asio::error::broken_pipe)
    return errc::disconnected;
  if (failure.category() == asio::error::get_netdb_category() ||
      failure.category() == asio::error::get_addrinfo_category())
    return errc::host_not_found;
  if (is_trust_failure(failure)) return errc::tls_not_trusted;
  if (is_tls_failure(failure)) return errc::tls_failed;
  if (failure.category() == asio::error::get_system_category())
    return {failure.value(), std::system_category()};
  return failure;
}

/// How an operation that did not succeed ends for its handler.
std::error_code told(std::error_code failure) {
  return failure == cancelled() ? std::error_code(asio::error::operation_aborted) : failure;
}

}  // namespace

class shell : public std::enable_shared_from_this<shell> {
 public:
  /// What became of an operation that is about to be given to the engine, or was.
  struct ticket {
    std::optional<operation_id> operation;
    bool cancelled = false;
  };

  shell(asio::any_io_executor executor, options settings, const core::clock& clock,
        core::random_source& random, hooks observers)
      : strand_(asio::make_strand(std::move(executor))),
        clock_(clock),
        hooks_(std::move(observers)),
        random_(random),
        endpoints_(settings.endpoints),
        plan_(settings),
        updates_(settings.max_updates, settings.max_update_bytes),
        engine_(std::move(settings), random),
        timer_(strand_) {}

  [[nodiscard]] const auto& strand() const noexcept { return strand_; }

  // On the strand, each called by a posted function.

  void request(const std::shared_ptr<ticket>& by, core::byte_buffer body,
               const request_options& how, completion_ptr<outcome> done) {
    if (by->cancelled) return done->complete(failed(cancelled()));
    by->operation = engine_.submit(std::move(body), how, clock_.now());
    pending_.emplace(*by->operation, std::move(done));
    drain();
  }

  void wait(const std::shared_ptr<ticket>& by, completion_ptr<outcome> done) {
    if (by->cancelled) return done->complete(failed(cancelled()));
    by->operation = engine_.wait_ready({}, clock_.now());
    pending_.emplace(*by->operation, std::move(done));
    drain();
  }

  void cancel(ticket& which) {
    which.cancelled = true;
    if (!which.operation) return;
    engine_.cancel(*which.operation, clock_.now());
    drain();
  }

  void receive(const std::shared_ptr<ticket>& by, completion_ptr<update_outcome> done) {
    update_outcome end;
    if (by->cancelled || receiver_) {
      end.failure = told(by->cancelled ? cancelled() : errc::already_receiving);
      return done->complete(std::move(end));
    }
    receiver_ = std::move(done);
    receiver_ticket_ = by;
    deliver_updates();
  }

  void cancel_receive(const std::shared_ptr<ticket>& which) {
    which->cancelled = true;
    if (receiver_ && receiver_ticket_ == which) end_receive(cancelled());
  }

  void close(completion_ptr<outcome> done) {
    if (done) closers_.push_back(std::move(done));
    engine_.close(clock_.now());
    drain();
    complete_close();
  }

  void introduce(client_info client) { engine_.introduce(std::move(client)); }

  void use_endpoints(std::vector<endpoint> endpoints) {
    endpoints_ = endpoints;
    engine_.use_endpoints(std::move(endpoints));
  }

  void misread() {
    engine_.misread(clock_.now());
    drain();
  }

  /// Destroys every handler: the context ends.
  void forget_handlers() {
    const auto pending = std::exchange(pending_, {});
    const auto receiver = std::exchange(receiver_, nullptr);
    const auto closers = std::exchange(closers_, {});
  }

 private:
  /// One TCP connection.
  struct link {
    link(link_number number_, const asio::strand<asio::any_io_executor>& strand)
        : number(number_),
          resolver(strand),
          stream(make_tcp_stream(asio::ip::tcp::socket(strand))) {}

    link_number number;
    asio::ip::tcp::resolver resolver;
    std::unique_ptr<byte_stream> stream;
    /// What the handshakes say and hear. What is heard may end with the beginning of what comes
    /// next.
    core::byte_buffer greeting;
    core::byte_buffer input = core::byte_buffer(handshake_read_size);
    std::size_t input_size = 0;
    /// What is being written, while `writing`.
    core::send_queue output;
    bool writing = false;
  };

  static outcome failed(std::error_code why) {
    outcome end;
    end.failure = told(why);
    return end;
  }

  /// Carries out what the engine wants. To be called after each of its functions.
  void drain() {
    bool more = true;
    while (more) {
      more = false;
      while (auto event = engine_.poll_event()) {
        handle(*event);
        more = true;
      }
      while (auto order = engine_.poll_order()) {
        if (const auto* open = std::get_if<open_link>(&*order))
          begin_link(*open);
        else
          end_link();
        more = true;
      }
      if (link_ && !link_->writing) more = begin_writing() || more;
    }
    if (engine_.stopped() && receiver_) end_receive(engine_.stopped());
    watch_deadline();
  }

  // What the engine reports.

  void handle(engine_event& event) {
    if (auto* end = std::get_if<operation_finished>(&event)) {
      const auto at = pending_.find(end->operation);
      outcome result = failed(end->failure);
      result.body = std::move(end->body);
      result.details = std::move(end->details);
      const auto done = std::move(at->second);
      pending_.erase(at);
      done->complete(std::move(result));
    } else if (auto* update = std::get_if<update_received>(&event)) {
      updates_.push(std::move(update->body));
      deliver_updates();
    } else if (std::holds_alternative<updates_missed>(event)) {
      updates_.push_gap();
      deliver_updates();
    } else if (std::holds_alternative<key_changed>(event)) {
      if (const auto key = hooks_.on_key ? engine_.stored() : std::nullopt) hooks_.on_key(*key);
    } else if (const auto* lost = std::get_if<authorization_lost>(&event)) {
      if (hooks_.on_authorization_lost) hooks_.on_authorization_lost(lost->why);
    } else if (const auto* passed = std::get_if<stage>(&event)) {
      if (hooks_.on_stage) hooks_.on_stage(*passed);
      log(*passed);
    }
  }

  void log(const stage& passed) const {
    if (!hooks_.log) return;
    std::string line(to_string(passed.kind));
    if (!passed.what.empty()) line += ": " + passed.what;
    if (passed.failure) line += ": " + passed.failure.message();
    core::log(hooks_.log, passed.failure ? core::log_level::warning : core::log_level::debug, line);
  }

  void deliver_updates() {
    if (!receiver_) return;
    if (auto update = updates_.pop()) {
      update_outcome end;
      end.update = *std::move(update);
      const auto done = std::exchange(receiver_, nullptr);
      done->complete(std::move(end));
    } else if (engine_.stopped()) {
      end_receive(engine_.stopped());
    }
  }

  void end_receive(std::error_code why) {
    update_outcome end;
    end.failure = told(why);
    const auto done = std::exchange(receiver_, nullptr);
    done->complete(std::move(end));
  }

  // Links.

  void begin_link(const open_link& order) {
    link_ = std::make_shared<link>(order.link, strand_);
    spawn(run_link(shared_from_this(), link_, endpoints_[order.endpoint]));
  }

  void end_link() {
    if (!link_) return;
    std::error_code ignored;
    link_->resolver.cancel();
    link_->stream->socket().close(ignored);
    link_.reset();
  }

  /// Connects, then reads until it fails.
  static asio::awaitable<void> run_link(std::shared_ptr<shell> self, std::shared_ptr<link> own,
                                        endpoint server) {
    std::error_code failure = co_await open(self, own, std::move(server));
    if (!failure) {
      self->engine_.connected(own->number, self->clock_.now());
      self->drain();
    }
    if (!failure && own->input_size > 0) {
      const core::byte_view received = core::byte_view(own->input).first(own->input_size);
      self->engine_.received(own->number, received, self->clock_.now());
      self->drain();
    }
    own->input = {};
    while (!failure) {
      // Ours while we read: the engine may drop the link meanwhile, and all that it has of it.
      transport::receive_buffer lent = self->engine_.lend(own->number);
      lent.commit(co_await own->stream->read_some(lent.space(), failure));
      if (failure) break;
      self->engine_.received(own->number, std::move(lent), self->clock_.now());
      self->drain();
    }
    self->engine_.disconnected(own->number, translated(failure), self->clock_.now());
    self->drain();
  }

  /// Carries out the plan: the TCP connection and every handshake on it.
  static asio::awaitable<std::error_code> open(std::shared_ptr<shell> self,
                                               std::shared_ptr<link> own, endpoint server) {
    const dial_plan& plan = self->plan_;
    std::error_code failure = co_await connect(own, plan.first_hop(server));
    if (failure) co_return plan.has_proxy() ? self->proxy_failure(failure) : failure;
    if (const auto first = plan.proxy_handshake(server)) failure = co_await shake(own, *first);
    if (!failure && plan.tls()) {
      failure = self->prepare_tls();
      // A server speaks second in TLS: what came before is none of its.
      if (!failure && own->input_size > 0) failure = transport::errc::bad_proxy_reply;
      if (failure) co_return failure;
      own->stream = make_tls_stream(std::move(own->stream->socket()), self->tls_, server.host);
      co_await own->stream->handshake(failure);
    }
    if (failure) co_return failure;
    const auto last = plan.carrier_handshake(server, self->clock_.now(), self->random_);
    if (last) failure = co_await shake(own, *last);
    co_return failure;
  }

  /// The proxy's address, unlike the server's, does not show in what the engine reports.
  [[nodiscard]] static std::error_code proxy_failure(std::error_code failure) {
    return failure == asio::error::operation_aborted ? failure : errc::proxy_not_reached;
  }

  std::error_code prepare_tls() {
    if (tls_) return {};
    try {
      tls_ = make_tls_client(*plan_.tls());
    } catch (const std::system_error& failure) {
      return failure.code();
    }
    return {};
  }

  static asio::awaitable<std::error_code> connect(std::shared_ptr<link> own, endpoint where) {
    asio::ip::tcp::socket& socket = own->stream->socket();
    std::error_code failure;
    const auto address = asio::ip::make_address(where.host, failure);
    if (!failure) {
      const asio::ip::tcp::endpoint target(address, where.port);
      co_await socket.async_connect(target, asio::redirect_error(asio::use_awaitable, failure));
    } else {
      const auto targets =
          co_await own->resolver.async_resolve(where.host, std::to_string(where.port),
                                               asio::redirect_error(asio::use_awaitable, failure));
      if (failure) co_return failure;
      co_await asio::async_connect(socket, targets,
                                   asio::redirect_error(asio::use_awaitable, failure));
    }
    if (!failure) socket.set_option(asio::ip::tcp::no_delay(true), failure);
    co_return failure;
  }

  /// Goes through a handshake, which lives until this returns. What came behind it stays in
  /// `input`.
  static asio::awaitable<std::error_code> shake(std::shared_ptr<link> own,
                                                transport::client_handshake& handshake) {
    handshake.start(own->greeting);
    std::error_code failure;
    for (bool finished = false;;) {
      if (!own->greeting.empty()) co_await own->stream->write(own->greeting, failure);
      own->greeting.clear();
      if (failure || finished) co_return failure;
      if (own->input_size == 0)
        own->input_size = co_await own->stream->read_some(own->input, failure);
      if (failure) co_return failure;
      core::byte_view received = core::byte_view(own->input).first(own->input_size);
      const core::result<bool> outcome = handshake.receive(received, own->greeting);
      if (!outcome) co_return outcome.error().code;
      finished = *outcome;
      std::ranges::copy(received, own->input.begin());
      own->input_size = received.size();
    }
  }

  /// Begins to write what the engine has for the link. False: it has nothing.
  bool begin_writing() {
    engine_.poll_transmit(link_->number, link_->output, clock_.now());
    if (link_->output.empty()) return false;
    link_->writing = true;
    spawn(write_burst(shared_from_this(), link_));
    return true;
  }

  /// Writes until the engine has nothing more.
  static asio::awaitable<void> write_burst(std::shared_ptr<shell> self, std::shared_ptr<link> own) {
    std::error_code failure;
    while (!failure && !own->output.empty()) {
      const std::vector<core::byte_view> pieces = own->output.views();
      co_await own->stream->write(pieces, failure);
      own->output.clear();
      if (!failure) self->engine_.poll_transmit(own->number, own->output, self->clock_.now());
    }
    own->writing = false;
    if (failure) self->engine_.disconnected(own->number, translated(failure), self->clock_.now());
    self->drain();
  }

  // Deadlines.

  void watch_deadline() {
    const auto deadline = engine_.poll_deadline();
    if (!watching_ && deadline) {
      watching_ = true;
      spawn(run_timer(shared_from_this()));
    } else if (watching_ && (!deadline || *deadline < watched_)) {
      timer_.cancel();
    }
  }

  /// Waits for the engine's deadlines until there is none.
  static asio::awaitable<void> run_timer(std::shared_ptr<shell> self) {
    while (const auto deadline = self->engine_.poll_deadline()) {
      const core::instant now = self->clock_.now();
      if (*deadline <= now.steady) {
        self->engine_.handle_timeout(now);
        self->drain();
        continue;
      }
      self->watched_ = *deadline;
      self->timer_.expires_after(*deadline - now.steady);
      // Cancelled when the deadline has moved nearer, or away.
      std::error_code moved;
      co_await self->timer_.async_wait(asio::redirect_error(asio::use_awaitable, moved));
    }
    self->watching_ = false;
  }

  // Coroutines.

  void spawn(asio::awaitable<void> coroutine) {
    ++running_;
    asio::co_spawn(strand_, std::move(coroutine),
                   [self = shared_from_this()](std::exception_ptr failure) {
                     --self->running_;
                     self->complete_close();
                     if (failure) std::rethrow_exception(failure);
                   });
  }

  void complete_close() {
    if (running_ > 0) return;
    for (const auto& done : std::exchange(closers_, {})) done->complete(outcome());
  }

  asio::strand<asio::any_io_executor> strand_;
  const core::clock& clock_;
  hooks hooks_;
  core::random_source& random_;
  std::vector<endpoint> endpoints_;
  dial_plan plan_;
  /// Made for the first link that needs it.
  std::shared_ptr<tls_context> tls_;
  update_queue updates_;
  engine engine_;

  std::shared_ptr<link> link_;
  asio::steady_timer timer_;
  /// run_timer is running, and waits for this.
  bool watching_ = false;
  core::deadline watched_{};
  /// Coroutines that have not ended.
  std::size_t running_ = 0;

  std::unordered_map<operation_id, completion_ptr<outcome>> pending_;
  completion_ptr<update_outcome> receiver_;
  std::shared_ptr<ticket> receiver_ticket_;
  std::vector<completion_ptr<outcome>> closers_;
};

namespace {

void shell_registry::shutdown() {
  // Destroying handlers destroys shells: no lock is held meanwhile.
  std::vector<std::weak_ptr<shell>> members;
  {
    const std::lock_guard lock(mutex_);
    members.swap(members_);
  }
  for (const auto& member : members) {
    if (const auto present = member.lock()) present->forget_handlers();
  }
}

/// Has `cancel` called on the strand when `slot` is told to cancel, of whatever type.
template <class Cancel>
void on_cancel(asio::cancellation_slot slot, const std::shared_ptr<shell>& to, Cancel cancel) {
  if (!slot.is_connected()) return;
  slot.assign([weak = std::weak_ptr(to), cancel](asio::cancellation_type type) {
    const auto self = weak.lock();
    if (!self || type == asio::cancellation_type::none) return;
    asio::post(self->strand(), [self, cancel] { cancel(*self); });
  });
}

}  // namespace

std::shared_ptr<shell> make_shell(asio::any_io_executor executor, options settings,
                                  const core::clock& clock, core::random_source& random,
                                  hooks observers) {
  asio::execution_context& context = asio::query(executor, asio::execution::context);
  auto made = std::make_shared<shell>(std::move(executor), std::move(settings), clock, random,
                                      std::move(observers));
  asio::use_service<shell_registry>(context).add(made);
  return made;
}

void start_request(const std::shared_ptr<shell>& to, core::byte_buffer body,
                   const request_options& how, completion_ptr<outcome> done,
                   asio::cancellation_slot slot) {
  const auto by = std::make_shared<shell::ticket>();
  on_cancel(slot, to, [by](shell& self) { self.cancel(*by); });
  asio::post(to->strand(), [to, by, body = std::move(body), how, done = std::move(done)]() mutable {
    to->request(by, std::move(body), how, std::move(done));
  });
}

void start_wait(const std::shared_ptr<shell>& to, completion_ptr<outcome> done,
                asio::cancellation_slot slot) {
  const auto by = std::make_shared<shell::ticket>();
  on_cancel(slot, to, [by](shell& self) { self.cancel(*by); });
  asio::post(to->strand(),
             [to, by, done = std::move(done)]() mutable { to->wait(by, std::move(done)); });
}

void start_receive(const std::shared_ptr<shell>& to, completion_ptr<update_outcome> done,
                   asio::cancellation_slot slot) {
  const auto by = std::make_shared<shell::ticket>();
  on_cancel(slot, to, [by](shell& self) { self.cancel_receive(by); });
  asio::post(to->strand(),
             [to, by, done = std::move(done)]() mutable { to->receive(by, std::move(done)); });
}

void start_close(const std::shared_ptr<shell>& to, completion_ptr<outcome> done) {
  asio::post(to->strand(), [to, done = std::move(done)]() mutable { to->close(std::move(done)); });
}

void introduce(const std::shared_ptr<shell>& to, client_info client) {
  asio::post(to->strand(),
             [to, client = std::move(client)]() mutable { to->introduce(std::move(client)); });
}

void use_endpoints(const std::shared_ptr<shell>& to, std::vector<endpoint> endpoints) {
  asio::post(to->strand(), [to, endpoints = std::move(endpoints)]() mutable {
    to->use_endpoints(std::move(endpoints));
  });
}

void misread(const std::shared_ptr<shell>& to) {
  asio::post(to->strand(), [to] { to->misread(); });
}

void abandon(const std::shared_ptr<shell>& to) {
  asio::post(to->strand(), [to] { to->close(nullptr); });
}

}  // namespace corogram::rpc::detail
