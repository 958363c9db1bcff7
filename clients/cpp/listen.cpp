// Prints predictions and events, a line each: listen [ADDRESS [WEARER]]; ends by Ctrl-C.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "hnhar.hpp"

namespace {

volatile std::sig_atomic_t ended = 0;

void print(const hnhar::Prediction& p) {
  std::printf("%s  %.2f  %s %.0f%%\n", p.wearer.c_str(), p.end, p.unknown ? "unknown" : p.label.c_str(), 100 * p.confidence);
}

void print(const hnhar::Event& e) {
  const bool onset = e.kind == hnhar::Event::Kind::onset;
  std::printf("%s  %s of %s at %lld ns", e.wearer.c_str(), onset ? "onset" : "offset",
              e.unknown ? "unknown" : e.label.c_str(), static_cast<long long>(e.onset_unix_ns.value_or(0)));
  if (e.duration) std::printf(" after %.1f s", *e.duration);
  std::printf("\n");
}

/// A key of the environment, where the publisher encrypts; "" where it does not.
std::string key(const char* name) {
  const char* found = std::getenv(name);
  return found ? found : "";
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, [](int) { ended = 1; });
  std::signal(SIGTERM, [](int) { ended = 1; });
  try {
    hnhar::Options options;
    if (argc > 2) options.wearer = argv[2];
    options.curve_server_key = key("HNHAR_CURVE_SERVER");
    options.curve_public_key = key("HNHAR_CURVE_PUBLIC");
    options.curve_secret_key = key("HNHAR_CURVE_SECRET");
    hnhar::Subscriber subscriber(argc > 1 ? argv[1] : "tcp://127.0.0.1:5557", options);
    while (!ended) {
      if (const auto received = subscriber.receive(std::chrono::milliseconds(200))) {
        if (received->lost > 0) std::printf("%lld lost\n", static_cast<long long>(received->lost));
        std::visit([](const auto& message) { print(message); }, received->message);
        std::fflush(stdout);
      }
    }
    std::printf("%lld lost, %lld could not be read\n", static_cast<long long>(subscriber.lost()),
                static_cast<long long>(subscriber.malformed()));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "listen: %s\n", error.what());
    return 2;
  }
  return 0;
}
