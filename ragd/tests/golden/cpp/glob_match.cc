#include "path/glob_match.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#ifdef _WIN32
#define PATH_SEPARATORS "/\\"
#else
#define PATH_SEPARATORS "/"
#endif

#define CHECK_MATCH(pattern, text) assert(path::Glob(pattern).matches(text))

namespace path {

enum class Kind : std::uint8_t { Literal, AnyChar, Star, DoubleStar, Set };

struct Token {
    Kind kind = Kind::Literal;
    std::string chars{};
    bool negated = false;
};

namespace detail {

inline bool is_separator(char c) { return std::string_view{PATH_SEPARATORS}.find(c) != std::string_view::npos; }
inline bool is_set_end(char c) { return c == ']'; }
inline bool is_negation(char c) { return c == '!' || c == '^'; }

template <class... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};

}  // namespace detail

const auto describe = [](const Token& token) -> std::string {
    return token.kind == Kind::Set ? "[" + token.chars + "]" : "{" + token.chars + "}";
};

class Error {
public:
    explicit Error(std::string message, std::size_t at = 0) : message_(std::move(message)), at_(at) {}
    virtual ~Error() = default;

    virtual std::string text() const { return message_ + " at " + std::to_string(at_); }
    operator bool() const { return !message_.empty(); }

protected:
    std::string message_;
    std::size_t at_;
};

class SetError final : public Error {
public:
    using Error::Error;
    std::string text() const override { return "bad set: " + Error::text(); }
};

using Parsed = std::variant<std::vector<Token>, SetError>;

/// Splits a pattern such as `src/**/[a-c]?.h` into tokens.
Parsed parse(std::string_view pattern) {
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        switch (const char c = pattern[i]) {
            case '?':
                tokens.push_back({Kind::AnyChar});
                break;
            case '*':
                if (i + 1 < pattern.size() && pattern[i + 1] == '*') {
                    ++i;  // two stars cross directories
                    tokens.push_back({Kind::DoubleStar});
                } else {
                    tokens.push_back({Kind::Star});
                }
                break;
            case '[': {
                Token set{Kind::Set};
                std::size_t j = i + 1;
                if (j < pattern.size() && detail::is_negation(pattern[j])) {
                    set.negated = true;
                    ++j;
                }
                for (; j < pattern.size() && !detail::is_set_end(pattern[j]); ++j) {
                    set.chars += pattern[j];
                }
                if (j == pattern.size()) {
                    return SetError{"no closing bracket", i};
                }
                tokens.push_back(std::move(set));
                i = j;
                break;
            }
            default:
                // Literals are collected into one token while they last.
                if (tokens.empty() || tokens.back().kind != Kind::Literal) tokens.push_back({});
                tokens.back().chars += c;
        }
    }
    return tokens;
}

std::string explain(const Parsed& parsed) {
    return std::visit(detail::overloaded{
                          [](const SetError& e) { return e.text(); },
                          [](const std::vector<Token>& t) { return t.empty() ? "∅" : describe(t.front()); },
                      },
                      parsed);
}

constexpr std::string_view kHelp = R"(Patterns:
  *   anything except { / }
  **  anything at all
)";

bool operator==(const Token& a, const Token& b) {
    return a.kind == b.kind && a.chars == b.chars && a.negated == b.negated;
}

}  // namespace path
