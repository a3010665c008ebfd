// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/telegraph_noise.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"

namespace mho::device {
namespace {

constexpr unsigned kTreeDepth = 31;  // an epoch has 2^31 slots
constexpr std::uint32_t kEpochSlots = 1U << kTreeDepth;
// An interval that lasts this many mean event distances has no event with a probability of 1e-14.
constexpr double kSurelyEvents = 32.0;

double to_unit(std::uint32_t word) {
  return (word + 0.5) * 0x1p-32;
}

/// Finds the last event of a trap's Poisson process within an epoch. An interval of depth d is 2^(31−d) slots
/// long and named 2^d + its place, which is unique: it serves as the counter of its draws.
class EventSearch {
 public:
  EventSearch(const Random& random, RandomCoordinates at, double events_per_slot)
      : random_(random), at_(at), events_per_slot_(events_per_slot) {
    // Deep enough for events to be certain in every interval above.
    while (depth_ < kTreeDepth &&
           events_per_slot * std::ldexp(1.0, static_cast<int>(kTreeDepth - depth_ - 1)) > kSurelyEvents) {
      ++depth_;
    }
  }

  /// The last slot at or before `slot` that has an event; 0 if none has.
  std::uint32_t last_event(std::uint32_t slot) const {
    for (std::uint32_t place = slot >> (kTreeDepth - depth_);; --place) {
      std::uint32_t found = 0;
      const bool is_last = place == slot >> (kTreeDepth - depth_);
      if (has_events(depth_, place) && search(depth_, place, is_last ? slot : UINT32_MAX, found))
        return found;
      if (place == 0) return 0;
    }
  }

  /// The first slot after `slot` that has an event; the end of the epoch if none has.
  std::uint32_t next_event(std::uint32_t slot) const {
    if (slot + 1 == kEpochSlots) return kEpochSlots;
    const std::uint32_t from = slot + 1, first_place = from >> (kTreeDepth - depth_);
    for (std::uint32_t place = first_place; place < 1U << depth_; ++place) {
      std::uint32_t found = 0;
      if (has_events(depth_, place) && search_up(depth_, place, place == first_place ? from : 0, found)) {
        return found;
      }
    }
    return kEpochSlots;
  }

 private:
  struct Halves {
    bool has_left;
    bool has_right;
  };

  double probability(unsigned depth) const {
    return -std::expm1(-events_per_slot_ * std::ldexp(1.0, static_cast<int>(kTreeDepth - depth)));
  }

  double draw(unsigned depth, std::uint32_t place) const {
    return to_unit(random_.words(RandomPurpose::kTelegraphState, at_, (1U << depth) + place)[0]);
  }

  /// Of an interval at which a search begins.
  bool has_events(unsigned depth, std::uint32_t place) const {
    // The word's other half stays for the interval's own split.
    const auto word = random_.words(RandomPurpose::kTelegraphState, at_, (1U << depth) + place)[1];
    return to_unit(word) < probability(depth);
  }

  /// Which halves of an interval have events, given that it has any: both, the left one only, or the right
  /// one only.
  Halves halves(unsigned depth, std::uint32_t place) const {
    const double half = probability(depth + 1), whole = probability(depth);
    const double u = draw(depth, place) * whole;
    // P(left) = half; both: half², right only: (1 − half) · half
    return {.has_left = u < half, .has_right = u < half * half || u >= half};
  }

  /// The last event at or before `limit` in an interval that has events.
  bool search(unsigned depth, std::uint32_t place, std::uint32_t limit, std::uint32_t& found) const {
    if (depth == kTreeDepth) {
      found = place;
      return place <= limit;
    }
    const Halves has = halves(depth, place);
    const std::uint32_t left = 2 * place, right = left + 1;
    const std::uint32_t right_begin = right << (kTreeDepth - depth - 1);
    if (has.has_right && limit >= right_begin && search(depth + 1, right, limit, found)) return true;
    return has.has_left && search(depth + 1, left, limit, found);
  }

  /// The first event at or after `from` in an interval that has events.
  bool search_up(unsigned depth, std::uint32_t place, std::uint32_t from, std::uint32_t& found) const {
    if (depth == kTreeDepth) {
      found = place;
      return place >= from;
    }
    const Halves has = halves(depth, place);
    const std::uint32_t left = 2 * place, right = left + 1;
    const std::uint32_t right_begin = right << (kTreeDepth - depth - 1);
    if (has.has_left && from < right_begin && search_up(depth + 1, left, from, found)) return true;
    return has.has_right && search_up(depth + 1, right, from, found);
  }

  const Random& random_;
  RandomCoordinates at_;
  double events_per_slot_;
  unsigned depth_ = 0;
};

void require_within(double value, double low, double high, const char* name) {
  require(value >= low && value <= high, "telegraph noise: {} is {}; choose a value in {} ... {}", name,
          value, low, high);
}

}  // namespace

void validate(const TelegraphParams& telegraph) {
  require_within(telegraph.trap_probability, 0.0, 1.0, "trap_probability");
  require_within(telegraph.amplitude, 0.0, 0.5, "amplitude");
  require_within(telegraph.exponent, 0.0, 2.0, "exponent");
  require_within(telegraph.spread, 0.0, 2.0, "spread");
  require_within(telegraph.amplitude_limit, 0.0, 0.9, "amplitude_limit");
  require(telegraph.slot_s > 0.0 && std::isfinite(telegraph.slot_s),
          "telegraph noise: slot is {} s; it must be positive", telegraph.slot_s);
  require(telegraph.tau_min_s >= telegraph.slot_s && telegraph.tau_max_s >= telegraph.tau_min_s &&
              std::isfinite(telegraph.tau_max_s),
          "telegraph noise: mean times of {} ... {} s do not ascend from at least one slot of {} s",
          telegraph.tau_min_s, telegraph.tau_max_s, telegraph.slot_s);
}

TelegraphNoise::TelegraphNoise(const TelegraphParams& telegraph, Eigen::Index rows, Eigen::Index cols,
                               const Random& random, std::uint32_t unit)
    : params_(telegraph), random_(random), unit_(unit), rows_(rows), cols_(cols) {
  validate(telegraph);
  require(rows >= 0 && cols >= 0 && rows <= 65535 && cols <= 65535,
          "telegraph noise: {}x{} cells; at most 65535 each way", rows, cols);
  if (!is_on(telegraph)) return;
  const double log_ratio = std::log(telegraph.tau_max_s / telegraph.tau_min_s);
  for (Eigen::Index col = 0; col < cols; ++col) {
    for (Eigen::Index row = 0; row < rows; ++row) {
      const RandomCoordinates at{unit, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)};
      const auto words = random.words(RandomPurpose::kTelegraphTrap, at, 0);
      if (to_unit(words[0]) >= telegraph.trap_probability) continue;
      const double z = telegraph.spread > 0.0 ? random.normal(RandomPurpose::kTelegraphTrap, at, 1) : 0.0;
      traps_.push_back({.row = at.row,
                        .column = at.column,
                        .capture_s = telegraph.tau_min_s * std::exp(log_ratio * to_unit(words[1])),
                        .emission_s = telegraph.tau_min_s * std::exp(log_ratio * to_unit(words[2])),
                        .strength = std::exp(telegraph.spread * z)});
    }
  }
}

namespace {

/// Every epoch is a stream of its own; the first one is that of the seed.
Random epoch_random(const Random& random, std::uint64_t epoch) {
  return Random(random.seed() + epoch * 0x9e3779b97f4a7c15U);
}

bool state_taken(const Random& random, RandomCoordinates at, std::uint32_t event, double mean_state) {
  // A slot's own interval does not split, so its words are free for the state taken there.
  const auto words = random.words(RandomPurpose::kTelegraphState, at, kEpochSlots + event);
  return to_unit(words[2]) < mean_state;
}

}  // namespace

std::uint64_t TelegraphNoise::slot_of(double time_s) const {
  const double slots = std::floor(time_s / params_.slot_s);
  require(slots >= 0.0 && slots < 0x1p62, "telegraph noise: time {} s; choose 0 ... 2^62 slots of {} s",
          time_s, params_.slot_s);
  return static_cast<std::uint64_t>(slots);
}

bool TelegraphNoise::is_captured(const Trap& trap, double time_s) const {
  const std::uint64_t slot = slot_of(time_s);
  const Random random = epoch_random(random_, slot >> kTreeDepth);
  const RandomCoordinates at{unit_, trap.row, trap.column};
  const EventSearch events(random, at, trap.rate_hz() * params_.slot_s);
  const std::uint32_t event = events.last_event(static_cast<std::uint32_t>(slot & (kEpochSlots - 1)));
  return state_taken(random, at, event, trap.mean_state());
}

Dwell TelegraphNoise::dwell(const Trap& trap, double time_s) const {
  const std::uint64_t slot = slot_of(time_s);
  const std::uint64_t epoch_begin = slot & ~std::uint64_t{kEpochSlots - 1};
  const Random random = epoch_random(random_, slot >> kTreeDepth);
  const RandomCoordinates at{unit_, trap.row, trap.column};
  const EventSearch events(random, at, trap.rate_hz() * params_.slot_s);
  const auto within = static_cast<std::uint32_t>(slot - epoch_begin);
  const std::uint32_t event = events.last_event(within);
  return {.first_slot = epoch_begin + event,
          .end_slot = epoch_begin + events.next_event(within),
          .is_captured = state_taken(random, at, event, trap.mean_state())};
}

double TelegraphNoise::amplitude(const Trap& trap, const CellParams& cell, double g_siemens) const {
  const double growth = std::pow(cell.g_max_siemens / g_siemens, params_.exponent);
  return std::min(params_.amplitude * growth * trap.strength, params_.amplitude_limit);
}

void TelegraphNoise::require_size(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens) const {
  require(g_siemens.rows() == rows_ && g_siemens.cols() == cols_,
          "telegraph noise: {}x{} conductances for {}x{} cells", g_siemens.rows(), g_siemens.cols(), rows_,
          cols_);
}

double TelegraphNoise::change(const Trap& trap, const CellParams& cell, double g_siemens,
                              bool is_captured) const {
  if (g_siemens <= 0.0) return 0.0;
  return -g_siemens * amplitude(trap, cell, g_siemens) * ((is_captured ? 1.0 : 0.0) - trap.mean_state());
}

std::vector<CellChange> TelegraphNoise::changes(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens,
                                                const CellParams& cell, double time_s) const {
  require_size(g_siemens);
  std::vector<CellChange> all;
  all.reserve(traps_.size());
  for (const Trap& trap : traps_) {
    const double g = g_siemens(trap.row, trap.column);
    all.push_back({trap.row, trap.column, change(trap, cell, g, is_captured(trap, time_s))});
  }
  return all;
}

void TelegraphNoise::add_to(Eigen::MatrixXd& g_siemens, const CellParams& cell, double time_s) const {
  for (const CellChange& c : changes(g_siemens, cell, time_s)) g_siemens(c.row, c.column) += c.siemens;
}

std::vector<CellChange> TelegraphTracker::changes(const TelegraphNoise& noise,
                                                  const Eigen::Ref<const Eigen::MatrixXd>& g_siemens,
                                                  const CellParams& cell, double time_s) {
  noise.require_size(g_siemens);
  const std::uint64_t slot = noise.slot_of(time_s);
  // A new dwell holds no slot.
  dwells_.resize(noise.traps().size());
  std::vector<CellChange> all;
  all.reserve(dwells_.size());
  for (std::size_t i = 0; i < dwells_.size(); ++i) {
    const Trap& trap = noise.traps()[i];
    if (!dwells_[i].contains(slot)) dwells_[i] = noise.dwell(trap, time_s);
    const double g = g_siemens(trap.row, trap.column);
    all.push_back({trap.row, trap.column, noise.change(trap, cell, g, dwells_[i].is_captured)});
  }
  return all;
}

}  // namespace mho::device
