#include "network.hpp"

#include <algorithm>

namespace corogram::simulation {
namespace {

using namespace std::chrono_literals;

/// Faults of a connection lie within so many bytes; most of them early.
constexpr std::uint64_t fault_reach = 60'000;
constexpr std::size_t segment = 1460;
/// How long a system sends the same bytes again and again.
constexpr std::chrono::seconds retransmission{924};

}  // namespace

bool network::draw(fault kind) {
  return !around_.calm && around_.fate.percent(around_.plan.odds_of(kind));
}

network::pipe network::draw_pipe(heading where) {
  dice& fate = around_.fate;
  const bool up = where == heading::to_server;
  pipe way;
  way.latency = fate.between(around_.plan.least_latency, around_.plan.most_latency);
  if (draw(fault::bytes_in_pieces)) {
    around_.inject(fault::bytes_in_pieces);
    way.cutting = static_cast<pieces>(fate.between(1, 3));
  }
  if (draw(fault::slow_link)) {
    around_.inject(fault::slow_link);
    way.bytes_per_second = fate.between(8'000, 60'000);
  }
  const auto place = [&](fault kind) {
    return draw(kind) ? std::optional(fate.wide(fault_reach)) : std::nullopt;
  };
  way.cut_at = place(up ? fault::connection_cut_to_server : fault::connection_cut_to_client);
  way.flip_at = place(up ? fault::bit_flipped_to_server : fault::bit_flipped_to_client);
  way.silent_from = place(fault::connection_silenced);
  return way;
}

std::uint64_t network::connect(network_end& client, std::function<void(bool)> done) {
  const std::uint64_t id = ++last_;
  around_.counts.count(happening::connections);
  line& fresh = lines_[id];
  fresh.client = &client;
  fresh.client_open = true;
  fresh.pipes = {draw_pipe(heading::to_server), draw_pipe(heading::to_client)};
  fresh.late_close = draw(fault::close_noticed_late);
  const nanoseconds there = fresh.pipes[0].latency;
  const nanoseconds back = fresh.pipes[1].latency;
  if (draw(fault::connection_unanswered)) {
    around_.inject(fault::connection_unanswered);
    return id;
  }
  if (draw(fault::connection_refused)) {
    around_.inject(fault::connection_refused);
    around_.time.after(there + back, [this, id, done] {
      const auto at = lines_.find(id);
      if (at == lines_.end() || !at->second.client_open) return;
      lines_.erase(at);
      done(false);
    });
    return id;
  }
  around_.time.after(there, [this, id] {
    const auto at = lines_.find(id);
    if (at == lines_.end() || at->second.broken) return;
    at->second.server_open = true;
    accepted_(id);
  });
  around_.time.after(there + back, [this, id, done] {
    const auto at = lines_.find(id);
    if (at != lines_.end() && at->second.client_open && !at->second.broken) done(true);
  });
  return id;
}

void network::corrupt(line& on, pipe& way, heading where, core::byte_buffer& bytes) {
  if (around_.calm) return;
  const std::uint64_t begin = way.sent;
  const std::uint64_t end = begin + bytes.size();
  const auto within = [&](std::optional<std::uint64_t> at) { return at && *at < end; };
  const bool up = where == heading::to_server;
  if (within(way.flip_at)) {
    const auto at = static_cast<std::size_t>(*way.flip_at - std::min(begin, *way.flip_at));
    bytes[at] ^= static_cast<core::byte>(1u << around_.fate.below(8));
    way.flip_at.reset();
    on.altered = true;
    around_.inject(up ? fault::bit_flipped_to_server : fault::bit_flipped_to_client);
  }
  if (within(way.silent_from)) {
    bytes.resize(static_cast<std::size_t>(*way.silent_from - std::min(begin, *way.silent_from)));
    on.silent = true;
    around_.inject(fault::connection_silenced);
  } else if (within(way.cut_at)) {
    bytes.resize(static_cast<std::size_t>(*way.cut_at - std::min(begin, *way.cut_at)));
    on.broken = true;
    around_.inject(up ? fault::connection_cut_to_server : fault::connection_cut_to_client);
  }
}

void network::late(pipe& way) {
  if (!draw(fault::bytes_late) || !around_.fate.percent(10)) return;
  around_.inject(fault::bytes_late);
  way.last_arrival = std::max(way.last_arrival, around_.time.now()) + around_.fate.between(0s, 8s);
}

std::size_t network::next_piece(const pipe& way, std::size_t done, std::size_t left) {
  // Byte by byte is for the beginning, where the headers are; all of a long answer takes too long.
  constexpr std::size_t careful = 200;
  switch (way.cutting) {
    case pieces::whole:
      return left;
    case pieces::segments:
      return std::min(left, segment);
    case pieces::single_bytes:
      return way.sent + done < careful ? 1 : std::min(left, segment);
    case pieces::scraps:
      break;
  }
  return std::min(left, static_cast<std::size_t>(around_.fate.wide(4 * segment)));
}

nanoseconds network::send(std::uint64_t connection, heading where, core::byte_buffer bytes) {
  const nanoseconds now = around_.time.now();
  const auto at = lines_.find(connection);
  if (at == lines_.end() || at->second.broken) return now;
  line& on = at->second;
  pipe& way = on.pipes[static_cast<std::size_t>(where)];
  if (on.silent) {
    give_up_later(connection, where);
    return now;
  }
  corrupt(on, way, where, bytes);
  late(way);

  way.idle_from = std::max(way.idle_from, now);
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t size = next_piece(way, done, bytes.size() - done);
    if (way.bytes_per_second != 0)
      way.idle_from += nanoseconds(size * 1'000'000'000 / way.bytes_per_second);
    way.last_arrival = std::max(way.last_arrival, way.idle_from + way.latency);
    around_.time.at(
        way.last_arrival,
        [this, connection, where,
         piece = core::byte_buffer(bytes.begin() + static_cast<std::ptrdiff_t>(done),
                                   bytes.begin() + static_cast<std::ptrdiff_t>(done + size))] {
          deliver(connection, where, piece);
        });
    done += size;
  }
  way.sent += bytes.size();
  if (on.silent) give_up_later(connection, where);
  if (on.broken) break_at(connection, where, std::max(way.last_arrival, now + way.latency));
  return way.idle_from;
}

void network::deliver(std::uint64_t connection, heading where, core::byte_view bytes) {
  const auto at = lines_.find(connection);
  if (at == lines_.end()) return;
  const line& on = at->second;
  if (where == heading::to_server ? !on.server_open : !on.client_open) return;
  network_end* const end = where == heading::to_server ? server_ : on.client;
  end->bytes_arrived(connection, bytes);
}

/// Tells one end that the connection is over.
void network::end_for(std::uint64_t connection, heading where, bool broken) {
  const auto at = lines_.find(connection);
  if (at == lines_.end()) return;
  line& on = at->second;
  bool& open = where == heading::to_server ? on.server_open : on.client_open;
  if (!open) return;
  if (broken) open = false;
  network_end* const end = where == heading::to_server ? server_ : on.client;
  forget_if_over(connection);
  end->connection_ended(connection, broken);
}

void network::break_at(std::uint64_t connection, heading where, nanoseconds when) {
  // The end that the bytes were going to learns it behind the last of them, the other one some
  // time.
  const heading back = where == heading::to_server ? heading::to_client : heading::to_server;
  around_.time.at(when, [this, connection, where] { end_for(connection, where, true); });
  around_.time.at(when + around_.fate.between(0ms, 500ms),
                  [this, connection, back] { end_for(connection, back, true); });
}

/// A sender that nobody acknowledges anything to ends the connection in the end.
void network::give_up_later(std::uint64_t connection, heading where) {
  const heading back = where == heading::to_server ? heading::to_client : heading::to_server;
  around_.time.after(retransmission, [this, connection, back] { end_for(connection, back, true); });
}

void network::close(std::uint64_t connection, heading other_end) {
  const auto at = lines_.find(connection);
  if (at == lines_.end()) return;
  line& on = at->second;
  bool& own = other_end == heading::to_server ? on.client_open : on.server_open;
  if (!own) return;
  own = false;
  if (on.broken) return forget_if_over(connection);
  pipe& way = on.pipes[static_cast<std::size_t>(other_end)];
  nanoseconds when = std::max(way.last_arrival, around_.time.now() + way.latency);
  // A client that is gone without a trace: what it sent arrives when its next connection is up.
  if (on.late_close && !around_.calm && other_end == heading::to_server) {
    around_.inject(fault::close_noticed_late);
    when += around_.fate.between(1s, 60s);
  }
  if (!on.silent)
    around_.time.at(when, [this, connection, other_end] { end_for(connection, other_end, false); });
  forget_if_over(connection);
}

void network::cut(std::uint64_t connection) {
  const auto at = lines_.find(connection);
  if (at == lines_.end() || at->second.broken) return;
  at->second.broken = true;
  const nanoseconds now = around_.time.now();
  around_.time.at(now + around_.fate.between(0ms, 300ms),
                  [this, connection] { end_for(connection, heading::to_server, true); });
  around_.time.at(now + around_.fate.between(0ms, 300ms),
                  [this, connection] { end_for(connection, heading::to_client, true); });
}

void network::cut_all() {
  std::erase_if(lines_, [](const auto& entry) {
    return entry.second.server_open && !entry.second.client_open;
  });
  for (auto& [id, on] : lines_) {
    on.server_open = false;
    if (on.broken || on.silent) continue;
    on.broken = true;
    around_.time.after(on.pipes[1].latency,
                       [this, connection = id] { end_for(connection, heading::to_client, true); });
  }
}

bool network::altered(std::uint64_t connection) const {
  const auto at = lines_.find(connection);
  return at != lines_.end() && at->second.altered;
}

std::optional<std::uint64_t> network::any() const {
  std::vector<std::uint64_t> open;
  for (const auto& [id, on] : lines_)
    if (on.client_open && on.server_open && !on.broken) open.push_back(id);
  if (open.empty()) return std::nullopt;
  return open[around_.fate.below(open.size())];
}

void network::forget_if_over(std::uint64_t connection) {
  const auto at = lines_.find(connection);
  if (at != lines_.end() && !at->second.client_open && !at->second.server_open) lines_.erase(at);
}

}  // namespace corogram::simulation
