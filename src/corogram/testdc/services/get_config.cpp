#include <corogram/api/functions/help/getConfig.hpp>
#include <corogram/api/types/Config.hpp>
#include <corogram/api/types/DcOption.hpp>
#include <corogram/testdc/services/services.hpp>
#include <corogram/tl/codec.hpp>

#include <chrono>
#include <cstdint>

namespace corogram::testdc::services {
namespace {

/// How long a client may use the configuration.
constexpr std::chrono::hours lifetime{1};

/// Each data centre is listed twice, static and not: some clients take only the one, some only the
/// other.
void list_data_centers(const address& self, api::config& config) {
  for (std::int32_t id = 1; id <= last_listed_dc; ++id) {
    for (const bool is_static : {false, true}) {
      api::dcOption option;
      option.set_static_(is_static);
      option.id = id;
      option.ip_address = self.ip_address;
      option.port = self.port;
      config.dc_options.push_back(std::move(option));
    }
  }
}

/// The limits and times are those that clients show in their own documentation and fall back to.
void set_limits(api::config& config) {
  config.chat_size_max = 200;
  config.megagroup_size_max = 200'000;
  config.forwarded_count_max = 100;
  config.online_update_period_ms = 210'000;
  config.offline_blur_timeout_ms = 5'000;
  config.offline_idle_timeout_ms = 30'000;
  config.online_cloud_timeout_ms = 300'000;
  config.notify_cloud_delay_ms = 30'000;
  config.notify_default_delay_ms = 1'500;
  config.push_chat_period_ms = 60'000;
  config.push_chat_limit = 2;
  config.edit_time_limit = 172'800;
  config.revoke_time_limit = 0x7fff'ffff;
  config.revoke_pm_time_limit = 0x7fff'ffff;
  config.rating_e_decay = 2'419'200;
  config.stickers_recent_limit = 200;
  config.channels_read_media_period = 604'800;
  config.call_receive_timeout_ms = 20'000;
  config.call_ring_timeout_ms = 90'000;
  config.call_connect_timeout_ms = 30'000;
  config.call_packet_timeout_ms = 10'000;
  config.me_url_prefix = "https://t.me/";
  config.caption_length_max = 1'024;
  config.message_length_max = 4'096;
  config.webfile_dc_id = 4;
}

}  // namespace

reply get_config(method_context& context, const call& request) {
  if (!tl::decode_view<api::help::getConfig>(request.query)) return failures::input_fetch_error;
  const auto now = std::chrono::floor<std::chrono::seconds>(context.now.wall);

  api::config config;
  config.date = static_cast<std::int32_t>(now.count());
  config.expires = static_cast<std::int32_t>((now + lifetime).count());
  config.test_mode = context.self.test_mode;
  config.this_dc = context.self.dc_id;
  //= DC-01
  list_data_centers(context.self, config);
  config.dc_txt_domain_name = "";
  set_limits(config);
  return tl::encode(config);
}

}  // namespace corogram::testdc::services
