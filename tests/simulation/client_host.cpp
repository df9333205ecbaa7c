#include "client_host.hpp"

#include "server_host.hpp"

#include <corogram/rpc/errc.hpp>
#include <corogram/transport/errc.hpp>

#include <variant>

namespace corogram::simulation {
namespace {

using namespace std::chrono_literals;

rpc::endpoint where() {
  return {"server", 443};
}

/// Nothing that a client keeps may reach these numbers: the simulated programs make a few dozen
/// requests, and everything else has limits of its own.
constexpr std::size_t most_calls = 400;
constexpr std::size_t most_service_messages = 600;
constexpr std::size_t most_acks = 5'000;
constexpr std::size_t most_remembered = 1'500;

}  // namespace

client_host::client_host(setting& around, network& net, wiretap& tap, ledger& books,
                         std::size_t number, transport::server_config server)
    : around_(around),
      net_(net),
      tap_(tap),
      books_(books),
      number_(number),
      name_("client " + std::to_string(number)),
      plan_(around.plan.clients[number]),
      clock_(around.time),
      random_(around.plan.seed * 31 + number),
      server_(std::move(server)) {
  server_.hellos = std::make_shared<transport::hello_memory>();
  if (plan_.clock_wrong_by != 0ns) {
    around_.inject(fault::client_clock_wrong_from_start);
    clock_.jump(plan_.clock_wrong_by);
  }
}

rpc::options client_host::make_options(std::optional<rpc::stored_key> key) const {
  rpc::options options;
  options.endpoints.push_back(where());
  options.public_keys.push_back(server_host::public_key());
  options.framing = plan_.framing;
  options.obfuscated = plan_.obfuscated;
  if (plan_.proxy)
    options.secret = proxy_secret(*plan_.proxy);
  else
    options.carrier = plan_.carrier;
  options.on_unknown_key = plan_.on_unknown_key;
  if (plan_.temporary_key_lifetime) {
    options.forward_secrecy = true;
    options.temporary_key_lifetime = *plan_.temporary_key_lifetime;
  }
  options.key = std::move(key);
  return options;
}

void client_host::start(std::optional<rpc::stored_key> key) {
  ++life_;
  is_over_ = false;
  rpc::options options = make_options(std::move(key));
  dial_.emplace(options);
  engine_ = std::make_unique<rpc::engine>(std::move(options), random_);
}

// ---- time -----------------------------------------------------------------------------------

std::optional<nanoseconds> client_host::wake_at() const {
  if (asleep_ || !engine_) return std::nullopt;
  const auto deadline = engine_->poll_deadline();
  if (!deadline) return std::nullopt;
  return clock_.due_at(*deadline);
}

void client_host::wake() {
  engine_->handle_timeout(clock_.now());
  pump();
}

void client_host::when_awake(std::function<void()> what) {
  if (asleep_)
    waiting_.push_back(std::move(what));
  else
    what();
}

void client_host::sleep(nanoseconds duration) {
  if (asleep_) return;
  around_.inject(fault::client_asleep, name_ + " for " + seconds_text(duration) + " s");
  asleep_ = true;
  around_.time.after(duration, [this, duration] {
    asleep_ = false;
    clock_.sleep(duration);
    if (around_.logging()) around_.log(name_, "awake again");
    for (const auto& what : std::exchange(waiting_, {})) what();
    pump();
  });
}

// ---- the network ----------------------------------------------------------------------------

void client_host::bytes_arrived(std::uint64_t connection, core::byte_view bytes) {
  if (asleep_)
    return when_awake([this, connection, copy = core::byte_buffer(bytes.begin(), bytes.end())] {
      bytes_arrived(connection, copy);
    });
  if (connection != link_.connection) return;
  if (link_.handshake)
    shake(bytes);
  else
    engine_->received(link_.number, bytes, clock_.now());
  pump();
}

/// The TCP connection is there.
void client_host::connected() {
  link_.connected = true;
  link_.handshake = dial_->carrier_handshake(where(), clock_.now(), random_);
  if (!link_.handshake) return engine_->connected(link_.number, clock_.now());
  core::byte_buffer first;
  link_.handshake->start(first);
  read_along(first);
  net_.send(link_.connection, heading::to_server, std::move(first));
}

/// Goes on with the handshake. What comes behind it is the engine's.
void client_host::shake(core::byte_view received) {
  core::byte_buffer reply;
  const core::result<bool> outcome = link_.handshake->receive(received, reply);
  if (!outcome) {
    check_understood(outcome.error().code);
    const rpc::link_number number = link_.number;
    drop_link();
    return engine_->disconnected(number, outcome.error().code, clock_.now());
  }
  if (!reply.empty()) net_.send(link_.connection, heading::to_server, std::move(reply));
  if (!*outcome) return;
  link_.handshake.reset();
  engine_->connected(link_.number, clock_.now());
  engine_->received(link_.number, received, clock_.now());
}

void client_host::connection_ended(std::uint64_t connection, bool broken) {
  if (asleep_)
    return when_awake([this, connection, broken] { connection_ended(connection, broken); });
  if (connection != link_.connection) return;
  if (around_.logging()) around_.log(name_, broken ? "connection broke" : "connection was closed");
  const rpc::link_number number = link_.number;
  drop_link();
  engine_->disconnected(number, rpc::errc::disconnected, clock_.now());
  pump();
}

void client_host::drop_link() {
  net_.close(link_.connection, heading::to_server);
  link_ = link();
}

void client_host::carry_out(const rpc::network_order& order) {
  if (std::holds_alternative<rpc::close_link>(order)) return drop_link();
  link_ = link();
  link_.number = std::get<rpc::open_link>(order).link;
  const auto done = [this, life = life_, number = link_.number](bool connected) {
    when_awake([this, life, number, connected] {
      if (life != life_ || number != link_.number) return;
      if (connected)
        this->connected();
      else
        engine_->disconnected(number, make_error_code(std::errc::connection_refused), clock_.now());
      pump();
    });
  };
  link_.connection = net_.connect(*this, done);
  link_.tap = std::make_unique<transport::server_stream>(server_, random_);
  if (around_.logging()) around_.log(name_, "opens connection " + std::to_string(link_.connection));
}

bool client_host::write() {
  if (!link_.connected || link_.handshake || link_.writing) return false;
  core::send_queue output;
  engine_->poll_transmit(link_.number, output, clock_.now());
  if (output.empty()) return false;
  core::byte_buffer bytes = output.joined();
  read_along(bytes);
  const nanoseconds done = net_.send(link_.connection, heading::to_server, std::move(bytes));
  if (done <= around_.time.now()) return true;
  link_.writing = true;
  around_.time.at(done, [this, connection = link_.connection] {
    when_awake([this, connection] {
      if (connection != link_.connection) return;
      link_.writing = false;
      pump();
    });
  });
  return true;
}

void client_host::read_along(core::byte_view bytes) {
  link_.tap->feed(bytes, clock_.now());
  core::byte_buffer unsent;
  link_.tap->poll_transmit(unsent);
  const std::string where =
      around_.logging() ? "connection " + std::to_string(link_.connection) : std::string();
  while (true) {
    const auto incoming = link_.tap->poll();
    if (!incoming) return around_.broken("clients frame packets rightly", name_);
    if (!*incoming) return;
    const auto* const packet = std::get_if<transport::packet>(&**incoming);
    const auto session = tap_.sent(mtproto::role::client, packet->payload, where);
    if (!session || session == session_) continue;
    session_ = session;
    session_since_ = around_.time.now();
  }
}

// ---- the engine -----------------------------------------------------------------------------

/// As the shell does it: events, orders, bytes, until there is nothing of either.
void client_host::pump() {
  for (bool more = true; more;) {
    more = false;
    while (auto event = engine_->poll_event()) {
      handle(*event);
      more = true;
    }
    while (const auto order = engine_->poll_order()) {
      carry_out(*order);
      more = true;
    }
    more = write() || more;
  }
  watch_memory();
  begin_anew();
}

void client_host::watch_memory() {
  const rpc::engine_load load = engine_->load();
  const mtproto::client_load& session = load.session;
  if (load.operations > most_calls || session.calls > most_calls ||
      session.service_messages > most_service_messages || session.unsent_acks > most_acks ||
      session.remembered > most_remembered)
    around_.broken("no queue grows without bound",
                   name_ + ": " + std::to_string(load.operations) + " operations, " +
                       std::to_string(session.calls) + " calls, " +
                       std::to_string(session.service_messages) + " service messages, " +
                       std::to_string(session.unsent_acks) + " acknowledgements, " +
                       std::to_string(session.remembered) + " remembered");
}

void client_host::handle(rpc::engine_event& event) {
  if (const auto* const end = std::get_if<rpc::operation_finished>(&event)) {
    finished(*end);
  } else if (const auto* const update = std::get_if<rpc::update_received>(&event)) {
    books_.push_seen(number_, update->body);
  } else if (std::holds_alternative<rpc::updates_missed>(event)) {
    around_.counts.count(happening::update_gaps);
    if (around_.logging()) around_.log(name_, "updates may be missing");
    books_.gap(number_);
  } else if (std::holds_alternative<rpc::key_changed>(event)) {
    check_key();
  } else if (const auto* const passed = std::get_if<rpc::stage>(&event)) {
    if (passed->kind == rpc::stage_kind::ready) books_.ready(number_);
    // The order to close the link comes behind this; after a handshake it is closed already.
    if (passed->kind == rpc::stage_kind::disconnected && link_.connection != 0)
      check_understood(passed->failure);
    if (around_.logging())
      around_.log(name_, std::string(to_string(passed->kind)) +
                             (passed->what.empty() ? "" : ": " + passed->what) +
                             (passed->failure ? ": " + passed->failure.message() : ""));
  }
}

void client_host::check_understood(std::error_code failure) {
  around_.require(
      failure.category() != transport::transport_category() || net_.altered(link_.connection),
      "what nobody altered is understood", "by " + name_ + ": " + failure.message());
}

void client_host::finished(const rpc::operation_finished& end) {
  if (waits_.erase(end.operation) != 0) return;
  const auto at = operations_.find(end.operation);
  if (at == operations_.end())
    return around_.broken("a request ends once", "an operation that is not under way ended");
  request_record& request = *books_.find(at->second);
  operations_.erase(at);
  request_outcome outcome;
  outcome.failure = end.failure;
  outcome.body = end.body;
  outcome.details = &end.details;
  outcome.now = clock_.now();
  outcome.stopped = engine_->stopped();
  books_.finish(request, outcome);
}

/// An application whose key is gone begins anew.
void client_host::begin_anew() {
  if (engine_->stopped() != rpc::errc::auth_key_unknown || is_over_) return;
  is_over_ = true;
  around_.time.after(0ns, [this] {
    books_.gap(number_);
    start(std::nullopt);
    connect();
  });
}

void client_host::check_key() {
  const auto stored = engine_->stored();
  if (!stored) return;
  const mtproto::auth_key* const known = tap_.key(stored->key.id());
  around_.require(known != nullptr && *known == stored->key,
                  "no key is agreed on that differs between the sides",
                  name_ + " holds a key that the server never had");
}

// ---- the user -------------------------------------------------------------------------------

void client_host::request(request_kind kind, nanoseconds timeout,
                          std::vector<std::uint64_t> orders) {
  if (asleep_) return;
  request_record& request = books_.begin(number_, kind);
  request.orders = std::move(orders);
  submit(request, timeout);
}

void client_host::probe() {
  request_record& request = books_.begin(number_, request_kind::brief);
  request.probe = true;
  submit(request, last_request_time);
}

void client_host::submit(request_record& request, nanoseconds timeout) {
  const core::instant now = clock_.now();
  request.deadline = now.steady + timeout;
  rpc::request_options how;
  how.timeout = timeout;
  how.quick_ack = request.number % 3 == 0;
  how.orders = request.orders;
  if (around_.logging())
    around_.log(name_, "request " + std::to_string(request.number) + ": " +
                           std::string(name_of(request.kind)) + ", " + seconds_text(timeout) +
                           " s" + (request.orders.empty() ? "" : ", in order"));
  const std::int32_t number = request.number;
  const rpc::operation_id operation = engine_->submit(books_.query(request), how, now);
  operations_[operation] = number;
  pump();
}

void client_host::connect() {
  if (asleep_) return;
  waits_.insert(engine_->wait_ready({}, clock_.now()));
  pump();
}

void client_host::cancel_any() {
  if (asleep_ || operations_.empty()) return;
  auto at = operations_.begin();
  std::advance(at, around_.fate.below(operations_.size()));
  books_.find(at->second)->cancelled = true;
  engine_->cancel(at->first, clock_.now());
  pump();
}

void client_host::restart() {
  if (asleep_ || is_over_) return;
  around_.inject(fault::client_restarted, name_);
  auto stored = engine_->stored();
  for (const auto& [operation, number] : operations_) books_.find(number)->closed = true;
  engine_->close(clock_.now());
  pump();
  around_.require(operations_.empty() && waits_.empty(), "a request ends once",
                  name_ + " was closed, and not all requests ended");
  operations_.clear();
  session_.reset();
  books_.gap(number_);
  start(std::move(stored));
  connect();
}

}  // namespace corogram::simulation
