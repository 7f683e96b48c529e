#include "verify/options/word_net_config.h"

namespace limbeck::verify {
namespace {

void require_field(bool holds, const char* field, const std::string& expected,
                   const std::string& got) {
  if (!holds)
    throw ConfigError("word net: " + std::string(field) + ": expected " + expected + ", got " +
                      got);
}

void require_size(int64_t value, const char* field, int64_t most) {
  require_field(value >= 1 && value <= most, field, "1 to " + std::to_string(most),
                std::to_string(value));
}

}  // namespace

void WordNetConfig::validate() const {
  require_field(
      architecture == "transformer" || architecture == "lstm" || architecture == "bag_of_words",
      "architecture", "transformer, lstm or bag_of_words", "'" + architecture + "'");
  require_field(layer_norm == "no_variance" || layer_norm == "standard", "layer_norm",
                "no_variance or standard", "'" + layer_norm + "'");
  require_size(layers, "layers", 48);
  require_size(width, "width", 8192);
  require_size(feed_forward, "feed_forward", 65536);
  require_size(classes - 1, "classes less one", 1000);
  require_field(heads >= 1 && width % heads == 0, "heads",
                "a divisor of the width " + std::to_string(width), std::to_string(heads));
}

}  // namespace limbeck::verify
