#pragma once

// A completion handler of unknown type, kept until its operation is over. (Asio 1.22 has no
// any_completion_handler, and this needs less.)

#include <asio/any_io_executor.hpp>
#include <asio/associated_executor.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>

#include <memory>
#include <utility>

namespace corogram::rpc::detail {

/// Waits for an Outcome. Destroyed without one, it destroys the handler, as Asio does when its
/// context ends.
template <class Outcome>
class completion {
 public:
  completion() = default;
  completion(const completion&) = delete;
  completion& operator=(const completion&) = delete;
  virtual ~completion() = default;

  /// complete posts the handler, with `outcome`, to the handler's executor. Pre: not called before.
  virtual void complete(Outcome outcome) = 0;
};

template <class Outcome>
using completion_ptr = std::unique_ptr<completion<Outcome>>;

/// `Unpack` turns an outcome into the arguments of the handler: unpack(handler, outcome).
template <class Outcome, class Handler, class Unpack>
class posted_completion final : public completion<Outcome> {
 public:
  posted_completion(Handler handler, const asio::any_io_executor& fallback, Unpack unpack)
      : handler_(std::move(handler)),
        unpack_(std::move(unpack)),
        executor_(
            asio::prefer(asio::any_io_executor(asio::get_associated_executor(handler_, fallback)),
                         asio::execution::outstanding_work.tracked)) {}

  void complete(Outcome outcome) override {
    const asio::any_io_executor executor = std::move(executor_);
    asio::post(executor, [handler = std::move(handler_), unpack = std::move(unpack_),
                          outcome = std::move(outcome)]() mutable {
      unpack(std::move(handler), std::move(outcome));
    });
  }

 private:
  Handler handler_;
  Unpack unpack_;
  /// Keeps the executor's context from running out of work.
  asio::any_io_executor executor_;
};

template <class Outcome, class Handler, class Unpack>
completion_ptr<Outcome> make_completion(Handler handler, const asio::any_io_executor& fallback,
                                        Unpack unpack) {
  return std::make_unique<posted_completion<Outcome, Handler, Unpack>>(std::move(handler), fallback,
                                                                       std::move(unpack));
}

}  // namespace corogram::rpc::detail
