// Predictions and events of hnhar over ZeroMQ, for C++17; needs cppzmq and msgpack-cxx. docs/clients.md
#pragma once

#ifndef MSGPACK_NO_BOOST
#define MSGPACK_NO_BOOST
#endif

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <msgpack.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
#include <zmq.hpp>

namespace hnhar {

/// Recognition of one window (docs/messages.md). Times are s on the LSL clock of the recognizer's host.
struct Prediction {
  std::string publisher, wearer, label, model;
  std::int64_t seq = 0;
  double start = 0, end = 0, confidence = 0;
  std::optional<std::int64_t> end_unix_ns;
  std::map<std::string, double> probabilities;
  bool unknown = false;
};

/// Onset or offset of an activity.
struct Event {
  enum class Kind { onset, offset };
  std::string publisher, wearer, label, model;
  std::int64_t seq = 0, id = 0;
  Kind kind = Kind::onset;
  double onset = 0, confidence = 0, decided = 0;
  std::optional<std::int64_t> onset_unix_ns;
  std::optional<double> duration;  // s; none in an onset
  bool unknown = false;
};

struct Received {
  std::variant<Prediction, Event> message;
  std::int64_t lost = 0;  // messages lost just before it on its topic
};

struct Options {
  std::string wearer;                  // of this wearer only; "" for all
  std::string topic_prefix = "hnhar/v1";
  std::string curve_server_key, curve_public_key, curve_secret_key;  // of Z85 letters, where it is encrypted
};

namespace detail {

constexpr std::size_t largest = 1 << 20;  // bytes of a payload
constexpr std::size_t topics = 4096;      // that sequence numbers are remembered of

/// Values of a map by their keys, checked as they are asked for; throws msgpack::type_error or std::runtime_error.
class Fields {
 public:
  explicit Fields(const msgpack::object& object) {
    if (object.type != msgpack::type::MAP) throw std::runtime_error("no map");
    for (std::uint32_t n = 0; n < object.via.map.size; ++n) {
      const auto& pair = object.via.map.ptr[n];
      if (pair.key.type != msgpack::type::STR) throw std::runtime_error("a key that is no text");
      found_[std::string_view(pair.key.via.str.ptr, pair.key.via.str.size)] = &pair.val;
    }
  }

  template <typename T>
  T need(std::string_view key) const {
    const auto at = found_.find(key);
    if (at == found_.end()) throw std::runtime_error("a key is missing");
    return at->second->as<T>();
  }

  template <typename T>
  T get(std::string_view key, T otherwise) const {
    return found_.count(key) ? need<T>(key) : otherwise;
  }

  template <typename T>
  std::optional<T> maybe(std::string_view key) const {
    const auto at = found_.find(key);
    if (at == found_.end() || at->second->is_nil()) return std::nullopt;
    return at->second->as<T>();
  }

 private:
  std::map<std::string_view, const msgpack::object*> found_;
};

inline Prediction prediction(const Fields& in) {
  Prediction out;
  out.publisher = in.need<std::string>("publisher");
  out.wearer = in.need<std::string>("wearer");
  out.label = in.need<std::string>("label");
  out.model = in.need<std::string>("model");
  out.seq = in.need<std::int64_t>("seq");
  out.start = in.need<double>("start");
  out.end = in.need<double>("end");
  out.confidence = in.need<double>("confidence");
  out.end_unix_ns = in.maybe<std::int64_t>("end_unix_ns");
  out.probabilities = in.need<std::map<std::string, double>>("probabilities");
  out.unknown = in.get<bool>("unknown", false);
  return out;
}

inline Event event(const Fields& in) {
  Event out;
  out.publisher = in.need<std::string>("publisher");
  out.wearer = in.need<std::string>("wearer");
  out.label = in.need<std::string>("label");
  out.model = in.get<std::string>("model", "");
  out.seq = in.need<std::int64_t>("seq");
  out.id = in.need<std::int64_t>("id");
  const auto kind = in.need<std::string>("kind");
  if (kind != "onset" && kind != "offset") throw std::runtime_error("a kind that there is not");
  out.kind = kind == "onset" ? Event::Kind::onset : Event::Kind::offset;
  out.onset = in.need<double>("onset");
  out.onset_unix_ns = in.maybe<std::int64_t>("onset_unix_ns");
  out.duration = in.maybe<double>("duration");
  out.confidence = in.need<double>("confidence");
  out.decided = in.need<double>("decided");
  out.unknown = in.get<bool>("unknown", false);
  return out;
}

}  // namespace detail

/// A subscriber that outlives the publisher. One thread uses it.
class Subscriber {
 public:
  using Clock = std::chrono::steady_clock;

  /// `address`: "tcp://127.0.0.1:5557". Throws zmq::error_t for what is no address.
  explicit Subscriber(const std::string& address, const Options& options = {}) : options_(options) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(detail::largest));
    socket_.set(zmq::sockopt::heartbeat_ivl, 1000);
    socket_.set(zmq::sockopt::heartbeat_timeout, 2000);
    socket_.set(zmq::sockopt::reconnect_ivl_max, 300);
    socket_.set(zmq::sockopt::ipv6, true);
    if (!options.curve_server_key.empty()) {
      socket_.set(zmq::sockopt::curve_serverkey, options.curve_server_key);
      socket_.set(zmq::sockopt::curve_publickey, options.curve_public_key);
      socket_.set(zmq::sockopt::curve_secretkey, options.curve_secret_key);
    }
    for (const char* kind : {"prediction", "event", "status"}) {
      const bool one = !options.wearer.empty() && std::string_view(kind) != "status";
      const std::string topic = options.topic_prefix + "/" + kind + "/";
      socket_.set(zmq::sockopt::subscribe, one ? topic + options.wearer + "/" : topic);
    }
    socket_.connect(address);
  }

  /// The next prediction or event; none where none came within `timeout`.
  std::optional<Received> receive(std::chrono::milliseconds timeout) {
    const auto until = Clock::now() + timeout;
    do {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
      zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
      try {
        if (zmq::poll(&item, 1, std::max(left, std::chrono::milliseconds(0))) == 0) return std::nullopt;
        if (auto received = read()) return received;
      } catch (const zmq::error_t& error) {
        if (error.num() != EINTR) throw;
        return std::nullopt;  // a signal: the caller may want to end
      }
    } while (Clock::now() < until);
    return std::nullopt;
  }

  /// Time since the last message of any kind. A status comes each second: after 3 s nobody is there.
  Clock::duration silence() const { return Clock::now() - heard_; }

  /// Messages lost since the first one of each topic.
  std::int64_t lost() const { return lost_; }

  /// Messages that could not be read; they are passed over.
  std::int64_t malformed() const { return malformed_; }

 private:
  std::optional<Received> read() {
    std::vector<zmq::message_t> frames;
    zmq::message_t frame;
    do {
      if (!socket_.recv(frame, zmq::recv_flags::none)) return std::nullopt;
      if (frames.size() < 3) frames.push_back(std::move(frame));
    } while (socket_.get(zmq::sockopt::rcvmore));
    heard_ = Clock::now();
    try {
      if (frames.size() != 2) throw std::runtime_error("not two frames");
      return decoded(frames[0].to_string_view(), frames[1]);
    } catch (const zmq::error_t&) {
      throw;
    } catch (const std::exception&) {  // of msgpack, or ours
      ++malformed_;
      return std::nullopt;
    }
  }

  std::optional<Received> decoded(std::string_view topic, const zmq::message_t& payload) {
    const msgpack::unpack_limit limit(1 << 16, 1 << 16, detail::largest, detail::largest, 0, 16);
    const auto handle = msgpack::unpack(payload.data<char>(), payload.size(), nullptr, nullptr, limit);
    const detail::Fields fields(handle.get());
    if (fields.need<int>("v") != 1) throw std::runtime_error("another version");
    const auto kind = fields.need<std::string>("type");
    if (kind == "status") return std::nullopt;
    Received received;
    if (kind == "prediction") {
      received.message = detail::prediction(fields);
    } else if (kind == "event") {
      received.message = detail::event(fields);
    } else {
      throw std::runtime_error("a type that there is not");
    }
    received.lost = gap(std::string(topic) + "\n" + fields.need<std::string>("publisher"), fields.need<std::int64_t>("seq"));
    return received;
  }

  std::int64_t gap(const std::string& key, std::int64_t seq) {
    if (last_.size() >= detail::topics && !last_.count(key)) last_.clear();
    const auto [at, first] = last_.try_emplace(key, seq);
    const auto lost = first ? 0 : std::max<std::int64_t>(0, seq - at->second - 1);
    at->second = seq;
    lost_ += lost;
    return lost;
  }

  Options options_;
  zmq::context_t context_;
  zmq::socket_t socket_{context_, zmq::socket_type::sub};
  std::map<std::string, std::int64_t> last_;
  std::int64_t lost_ = 0, malformed_ = 0;
  Clock::time_point heard_ = Clock::now();
};

}  // namespace hnhar
