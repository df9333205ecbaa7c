#include <corogram/api/functions/account/updateStatus.hpp>
#include <corogram/api/functions/auth/exportAuthorization.hpp>
#include <corogram/api/functions/auth/importAuthorization.hpp>
#include <corogram/api/types/User.hpp>
#include <corogram/api/types/auth/Authorization.hpp>
#include <corogram/api/types/auth/ExportedAuthorization.hpp>
#include <corogram/core/reader.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/crypto/hmac.hpp>
#include <corogram/testdc/authorizations.hpp>
#include <corogram/tl/codec.hpp>

namespace corogram::testdc {
namespace {

constexpr rpc_failure dc_id_invalid{400, "DC_ID_INVALID"};
constexpr rpc_failure auth_bytes_invalid{400, "AUTH_BYTES_INVALID"};

constexpr std::size_t tag_size = 32;

std::int64_t seconds_of(core::instant now) {
  return std::chrono::floor<std::chrono::seconds>(now.wall).count();
}

}  // namespace

authorizations::authorizations(core::random_source& random) : random_(random) {
  random_.fill(secret_.span());
}

void authorizations::serve(data_center& center) {
  const std::int32_t self = center.self().dc_id;
  members_.insert(self);
  center.add_method(api::auth::exportAuthorization::tl_id,
                    [this, self](method_context& context, const call& request) {
                      return export_to(self, context, request);
                    });
  center.add_method(api::auth::importAuthorization::tl_id,
                    [this, self](method_context& context, const call& request) {
                      return import_at(self, context, request);
                    });
  center.add_method(api::account::updateStatus::tl_id,
                    [this, self](method_context&, const call& request) -> reply {
                      if (!user_of(self, request.key.identity()))
                        return failures::auth_key_unregistered;
                      return tl::encode(true);
                    });
}

void authorizations::sign_in(std::int32_t dc_id, std::int64_t key_id, std::int64_t user) {
  users_[{dc_id, key_id}] = user;
}

void authorizations::sign_out(std::int32_t dc_id, std::int64_t key_id) {
  users_.erase({dc_id, key_id});
}

std::optional<std::int64_t> authorizations::user_of(std::int32_t dc_id, std::int64_t key_id) const {
  const auto found = users_.find({dc_id, key_id});
  if (found == users_.end()) return std::nullopt;
  return found->second;
}

reply authorizations::export_to(std::int32_t self, const method_context& context,
                                const call& request) {
  const auto query = tl::decode_view<api::auth::exportAuthorization>(request.query);
  if (!query) return failures::input_fetch_error;
  const auto user = user_of(self, request.key.identity());
  if (!user) return failures::auth_key_unregistered;
  //= DC-07
  if (!members_.contains((*query)->dc_id)) return dc_id_invalid;

  core::byte_buffer statement;
  core::writer(statement)
      .le(*user)
      .le((*query)->dc_id)
      .le(seconds_of(context.now) + std::chrono::seconds(export_lifetime).count())
      .le(random_.integer<std::int64_t>())
      .le(random_.integer<std::int64_t>());
  const core::byte_buffer bytes = sealed(std::move(statement));
  api::auth::exportedAuthorization answer;
  answer.id = *user;
  answer.bytes = bytes;
  return tl::encode(answer);
}

reply authorizations::import_at(std::int32_t self, const method_context& context,
                                const call& request) {
  const auto query = tl::decode_view<api::auth::importAuthorization>(request.query);
  if (!query) return failures::input_fetch_error;
  const core::byte_buffer given((*query)->bytes.begin(), (*query)->bytes.end());
  //= DC-08
  if (given.size() <= tag_size) return auth_bytes_invalid;
  const core::byte_view statement = core::byte_view(given).first(given.size() - tag_size);
  if (!core::equal_constant_time(sealed({statement.begin(), statement.end()}), given))
    return auth_bytes_invalid;
  core::reader in(statement);
  const auto user = in.le<std::int64_t>();
  const auto dc_id = in.le<std::int32_t>();
  const auto until = in.le<std::int64_t>();
  if (!user || !dc_id || !until || *dc_id != self || *user != (*query)->id ||
      *until < seconds_of(context.now))
    return auth_bytes_invalid;

  sign_in(self, request.key.identity(), *user);
  api::userEmpty someone;
  someone.id = *user;
  api::auth::authorization answer;
  answer.user = std::move(someone);
  return tl::encode(answer);
}

/// The statement with the tag that only these data centres can make.
core::byte_buffer authorizations::sealed(core::byte_buffer statement) const {
  const auto tag = crypto::hmac_sha256(secret_.view(), statement);
  core::append(statement, tag);
  return statement;
}

}  // namespace corogram::testdc
