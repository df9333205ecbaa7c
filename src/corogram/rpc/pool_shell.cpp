// What stands between the pool of data centres and its connections: it carries out the orders of
// the one with the others. All state belongs to one strand.

#include <corogram/rpc/pool.hpp>

#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>

#include <map>
#include <optional>
#include <vector>

namespace corogram::rpc::detail {
namespace {

/// Hands a whole outcome over.
class unpack_whole {
 public:
  unpack_whole() noexcept {}
  template <class Handler, class Outcome>
  void operator()(Handler handler, Outcome&& end) const {
    std::move(handler)(std::forward<Outcome>(end));
  }
};

}  // namespace

class pool_shell : public std::enable_shared_from_this<pool_shell> {
 public:
  /// What became of a request that is about to be given to the pool, or was.
  struct ticket {
    std::optional<pool_operation> operation;
    bool cancelled = false;
  };

  pool_shell(asio::any_io_executor executor, pool_options where, options_maker maker,
             const core::clock& clock, core::random_source& random, pool_hooks observers)
      : executor_(executor),
        strand_(asio::make_strand(std::move(executor))),
        clock_(clock),
        random_(random),
        maker_(std::move(maker)),
        hooks_(std::move(observers)),
        pool_(std::move(where)),
        timer_(strand_) {}

  [[nodiscard]] const auto& strand() const noexcept { return strand_; }

  void request(const std::shared_ptr<ticket>& by, core::byte_buffer body, const pool_request& how,
               completion_ptr<outcome> done) {
    outcome refusal;
    if (by->cancelled) refusal.failure = asio::error::operation_aborted;
    if (closed_) refusal.failure = errc::closed;
    if (refusal.failure) return done->complete(std::move(refusal));
    by->operation = pool_.submit(std::move(body), how, clock_.now());
    pending_.emplace(*by->operation, std::move(done));
    drain();
  }

  void cancel(ticket& which) {
    which.cancelled = true;
    if (!which.operation) return;
    pool_.cancel(*which.operation);
    drain();
  }

  void signed_in(bool is) {
    pool_.signed_in(is);
    drain();
  }

  void close(completion_ptr<outcome> done) {
    if (done) closers_.push_back(std::move(done));
    if (!closed_) {
      closed_ = true;
      timer_.cancel();
      for (auto& [operation, waiting] : std::exchange(pending_, {})) {
        outcome end;
        end.failure = errc::closed;
        waiting->complete(std::move(end));
      }
      for (const auto& [target, member] : members_) {
        ++closing_;
        detail::start_close(member, completion_of<outcome>([](pool_shell& self, outcome) {
                              --self.closing_;
                              self.complete_close();
                            }));
      }
    }
    complete_close();
  }

  /// Destroys every handler: the context ends.
  void forget_handlers() {
    const auto pending = std::exchange(pending_, {});
    const auto closers = std::exchange(closers_, {});
  }

 private:
  /// Tells the shell when a handler that a connection holds is destroyed without having been
  /// called: then the context ends, and one of the shell's own handlers may own the pool.
  class witness {
   public:
    explicit witness(std::weak_ptr<pool_shell> of) : of_(std::move(of)) {}
    witness(const witness&) = delete;
    witness& operator=(const witness&) = delete;
    ~witness() {
      if (const auto shell = of_.lock()) shell->forget_handlers();
    }
    void called() { of_.reset(); }

   private:
    std::weak_ptr<pool_shell> of_;
  };

  /// A completion that calls `then` on the strand.
  template <class Outcome, class Then>
  completion_ptr<Outcome> completion_of(Then then) {
    auto seen = std::make_shared<witness>(weak_from_this());
    auto handler = [weak = weak_from_this(), seen = std::move(seen),
                    then = std::move(then)](Outcome end) mutable {
      seen->called();
      if (const auto self = weak.lock()) then(*self, std::move(end));
    };
    return make_completion<Outcome>(std::move(handler), asio::any_io_executor(strand_),
                                    unpack_whole());
  }

  void drain() {
    while (auto order = pool_.poll_order()) {
      if (closed_) continue;
      std::visit([this](auto& it) { obey(it); }, *order);
    }
    while (auto event = pool_.poll_event()) std::visit([this](auto& it) { handle(it); }, *event);
    watch_deadline();
  }

  void obey(open_connection& order) {
    options made = maker_(order.target);
    made.endpoints = std::move(order.endpoints);
    made.dc_id = order.target.dc_id;
    made.media = order.target.media;
    if (order.target.media) made.receives_updates = false;
    const auto member =
        make_shell(executor_, std::move(made), clock_, random_, hooks_for(order.target));
    members_.emplace(order.target, member);
    if (!order.target.media) receive(order.target);
  }

  void obey(rpc::use_endpoints& order) {
    detail::use_endpoints(members_.at(order.target), std::move(order.endpoints));
  }

  void obey(make_call& order) {
    auto& signal = signals_[order.call];
    signal = std::make_unique<asio::cancellation_signal>();
    const call_number number = order.call;
    auto done = completion_of<outcome>([number](pool_shell& self, outcome end) {
      self.signals_.erase(number);
      call_outcome result;
      result.failure = end.failure;
      result.body = std::move(end.body);
      result.details = std::move(end.details);
      self.pool_.answered(number, std::move(result), self.clock_.now());
      self.drain();
    });
    detail::start_request(members_.at(order.target), std::move(order.body), order.how,
                          std::move(done), signal->slot());
  }

  void obey(const cancel_call& order) {
    if (const auto at = signals_.find(order.call); at != signals_.end())
      at->second->emit(asio::cancellation_type::all);
  }

  void handle(pool_finished& event) {
    const auto at = pending_.find(event.operation);
    if (at == pending_.end()) return;
    outcome end;
    end.failure = event.failure == cancelled() ? std::error_code(asio::error::operation_aborted)
                                               : event.failure;
    end.body = std::move(event.body);
    end.details = std::move(event.details);
    const auto done = std::move(at->second);
    pending_.erase(at);
    done->complete(std::move(end));
  }
  void handle(const main_dc_changed& event) {
    if (hooks_.on_main_dc) hooks_.on_main_dc(event.dc_id);
  }
  void handle(const addresses_changed&) {}
  void handle(const logged_out& event) {
    if (hooks_.on_logged_out) hooks_.on_logged_out(event.why);
  }

  /// Waits for what a server sends unasked.
  void receive(const dc_target& target) {
    auto done = completion_of<update_outcome>([target](pool_shell& self, update_outcome end) {
      if (end.failure || self.closed_) return;
      if (!end.update.gap) self.pool_.updated(end.update.body, self.clock_.now());
      if (self.hooks_.on_update) self.hooks_.on_update(target, end.update);
      self.drain();
      self.receive(target);
    });
    detail::start_receive(members_.at(target), std::move(done), {});
  }

  /// What a connection tells, on the strand of the pool.
  hooks hooks_for(const dc_target& target) {
    const auto tell = [weak = weak_from_this(), target](auto what) {
      const auto self = weak.lock();
      if (!self) return;
      asio::post(self->strand_,
                 [self, target, what = std::move(what)]() mutable { what(*self, target); });
    };
    hooks made;
    made.on_authorization_lost = [tell](std::error_code why) {
      tell([why](pool_shell& self, const dc_target& at) {
        self.pool_.authorization_lost(at, why);
        self.drain();
      });
    };
    if (hooks_.on_stage)
      made.on_stage = [tell](const stage& passed) {
        tell([passed](pool_shell& self, const dc_target& at) { self.hooks_.on_stage(at, passed); });
      };
    if (hooks_.on_key)
      made.on_key = [tell](const stored_key& key) {
        const auto copy = std::make_shared<const stored_key>(key.key.clone(), key.server_salt,
                                                             key.server_time_offset);
        tell([copy](pool_shell& self, const dc_target& at) { self.hooks_.on_key(at, *copy); });
      };
    return made;
  }

  void watch_deadline() {
    const auto deadline = pool_.poll_deadline();
    if (closed_ || !deadline || deadline == watched_) return;
    watched_ = deadline;
    timer_.expires_after(*deadline - clock_.now().steady);
    timer_.async_wait([weak = weak_from_this()](std::error_code stopped) {
      const auto self = weak.lock();
      if (!self || stopped || self->closed_) return;
      self->watched_.reset();
      self->pool_.handle_timeout(self->clock_.now());
      self->drain();
    });
  }

  void complete_close() {
    if (!closed_ || closing_ > 0) return;
    for (const auto& done : std::exchange(closers_, {})) done->complete(outcome());
  }

  asio::any_io_executor executor_;
  asio::strand<asio::any_io_executor> strand_;
  const core::clock& clock_;
  core::random_source& random_;
  options_maker maker_;
  pool_hooks hooks_;
  dc_pool pool_;
  asio::steady_timer timer_;
  std::optional<core::deadline> watched_;

  std::map<dc_target, std::shared_ptr<shell>> members_;
  std::map<call_number, std::unique_ptr<asio::cancellation_signal>> signals_;
  std::map<pool_operation, completion_ptr<outcome>> pending_;
  bool closed_ = false;
  std::size_t closing_ = 0;
  std::vector<completion_ptr<outcome>> closers_;
};

std::shared_ptr<pool_shell> make_pool_shell(asio::any_io_executor executor, pool_options where,
                                            options_maker maker, const core::clock& clock,
                                            core::random_source& random, pool_hooks observers) {
  return std::make_shared<pool_shell>(std::move(executor), std::move(where), std::move(maker),
                                      clock, random, std::move(observers));
}

void start_request(const std::shared_ptr<pool_shell>& to, core::byte_buffer body,
                   const pool_request& how, completion_ptr<outcome> done,
                   asio::cancellation_slot slot) {
  const auto by = std::make_shared<pool_shell::ticket>();
  if (slot.is_connected())
    slot.assign([weak = std::weak_ptr(to), by](asio::cancellation_type type) {
      const auto self = weak.lock();
      if (!self || type == asio::cancellation_type::none) return;
      asio::post(self->strand(), [self, by] { self->cancel(*by); });
    });
  asio::post(to->strand(), [to, by, body = std::move(body), how, done = std::move(done)]() mutable {
    to->request(by, std::move(body), how, std::move(done));
  });
}

void start_close(const std::shared_ptr<pool_shell>& to, completion_ptr<outcome> done) {
  asio::post(to->strand(), [to, done = std::move(done)]() mutable { to->close(std::move(done)); });
}

void signed_in(const std::shared_ptr<pool_shell>& to, bool is) {
  asio::post(to->strand(), [to, is] { to->signed_in(is); });
}

void abandon(const std::shared_ptr<pool_shell>& to) {
  asio::post(to->strand(), [to] { to->close(nullptr); });
}

}  // namespace corogram::rpc::detail
