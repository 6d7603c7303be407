// Fixed-size matrices with compile-time dimensions.
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <stdexcept>
#include <utility>

#if __has_include(<mdspan>)
#  define LINALG_HAS_MDSPAN 1
#else
#  define LINALG_HAS_MDSPAN 0
#endif

namespace linalg {

template <typename T>
concept Scalar = std::integral<T> || std::floating_point<T>;

/// Row-major matrix of `R` rows and `C` columns.
template <Scalar T, std::size_t R, std::size_t C = R>
class Matrix {
public:
    using value_type = T;

    static constexpr std::size_t rows = R;
    static constexpr std::size_t cols = C;

    constexpr Matrix() = default;

    constexpr Matrix(std::initializer_list<T> values) {
        if (values.size() != R * C) throw std::invalid_argument{"expected {rows * cols} values"};
        std::size_t i = 0;
        for (const T& v : values) data_[i++] = v;
    }

    [[nodiscard]] static constexpr Matrix identity() requires(R == C) {
        Matrix m;
        for (std::size_t i = 0; i < R; ++i) m(i, i) = T{1};
        return m;
    }

    constexpr T& operator()(std::size_t r, std::size_t c) noexcept { return data_[r * C + c]; }
    constexpr const T& operator()(std::size_t r, std::size_t c) const noexcept { return data_[r * C + c]; }

    constexpr auto begin() noexcept { return data_.begin(); }
    constexpr auto end() noexcept { return data_.end(); }

    constexpr Matrix& operator+=(const Matrix& other) noexcept {
        for (std::size_t i = 0; i < R * C; ++i) data_[i] += other.data_[i];
        return *this;
    }

    friend constexpr Matrix operator+(Matrix a, const Matrix& b) noexcept { return a += b; }
    friend constexpr bool operator==(const Matrix&, const Matrix&) = default;

    friend std::ostream& operator<<(std::ostream& out, const Matrix& m) {
        for (std::size_t r = 0; r < R; ++r)
            for (std::size_t c = 0; c < C; ++c) out << m(r, c) << (c + 1 == C ? '\n' : ' ');
        return out;
    }

private:
    std::array<T, R * C> data_{};
};

template <Scalar T, std::size_t R, std::size_t K, std::size_t C>
constexpr Matrix<T, R, C> operator*(const Matrix<T, R, K>& a, const Matrix<T, K, C>& b) noexcept {
    Matrix<T, R, C> out;
    for (std::size_t r = 0; r < R; ++r)
        for (std::size_t c = 0; c < C; ++c)
            for (std::size_t k = 0; k < K; ++k) out(r, c) += a(r, k) * b(k, c);
    return out;
}

inline constexpr double epsilon = 1e-12;

/// Solves `a * x = b` by Gaussian elimination (Gauß, 1809).
template <std::floating_point T, std::size_t N>
Matrix<T, N, 1> solve(Matrix<T, N> a, Matrix<T, N, 1> b) {
    for (std::size_t col = 0; col < N; ++col) {
        // Partial pivoting: take the row with the largest entry.
        std::size_t pivot = col;
        for (std::size_t r = col + 1; r < N; ++r) {
            if (std::abs(a(r, col)) > std::abs(a(pivot, col))) {
                pivot = r;
            }
        }
        if (std::abs(a(pivot, col)) < epsilon) {
            throw std::domain_error{"matrix is singular"};
        }
        if (pivot != col) {
            for (std::size_t c = 0; c < N; ++c) std::swap(a(col, c), a(pivot, c));
            std::swap(b(col, 0), b(pivot, 0));
        }

        for (std::size_t r = 0; r < N; ++r) {
            if (r == col) continue;
            const T factor = a(r, col) / a(col, col);
            if constexpr (N > 8) {
                // Large systems are often sparse, so look before working.
                if (factor == T{0}) continue;
            }
            for (std::size_t c = col; c < N; ++c) a(r, c) -= factor * a(col, c);
            b(r, 0) -= factor * b(col, 0);
        }
    }

    for (std::size_t i = 0; i < N; ++i) b(i, 0) /= a(i, i);
    return b;
}

template <Scalar T>
struct Rotation;

template <>
struct Rotation<double> : Matrix<double, 2> {
    explicit Rotation(double phi) : Matrix{std::cos(phi), -std::sin(phi), std::sin(phi), std::cos(phi)} {}
};

}  // namespace linalg
