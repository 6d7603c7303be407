package com.example.customers;

import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.*;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Base class of all repositories.
 *
 * @param <T> entity type
 * @param <K> key type
 */
abstract class Repository<T, K extends Comparable<K>> {
    protected final DataSource source;

    protected Repository(DataSource source) {
        this.source = source;
    }

    abstract Optional<T> find(K key);

    abstract K keyOf(T entity);

    <S extends T> SortedMap<K, T> index(Stream<S> entities) {
        SortedMap<K, T> out = new TreeMap<>();
        entities.forEach(e -> out.put(keyOf(e), e));
        return out;
    }
}

@interface Audited {
    String value() default "";
    int level() default 1;
}

@Audited("customers")
public class CustomerRepository extends Repository<CustomerRepository.Customer, Long> {

    static {
        System.setProperty("customers.loaded", "{true}");
    }

    private static final String SELECT = "select id, name, city from customer";

    public static class Customer {
        private final long id;
        private String name;
        private String city;

        public Customer(long id) { this(id, "", null); }

        public Customer(long id, String name, String city) {
            this.id = id;
            this.name = name;
            this.city = city;
        }

        public long getId() { return id; }
        public String getName() { return name; }
        public void setName(String name) { this.name = name; }
        public String getCity() { return city; }
        public void setCity(String city) { this.city = city; }
    }

    @Inject
    public CustomerRepository(DataSource source) {
        super(source);
    }

    @Override
    Long keyOf(Customer customer) {
        return customer.getId();
    }

    @Override
    public Optional<Customer> find(Long key) {
        return search(Map.of("id", key), 1).stream().findFirst();
    }

    /** Finds customers whose columns equal the given values. */
    @SuppressWarnings("SqlSourceToSinkFlow")
    public List<Customer> search(Map<String, ?> filter, int limit) {
        StringBuilder sql = new StringBuilder(SELECT);
        List<Object> values = new ArrayList<>();
        for (Map.Entry<String, ?> e : filter.entrySet()) {
            switch (e.getKey()) {
                case "id":
                case "name":
                case "city":
                    sql.append(values.isEmpty() ? " where " : " and ").append(e.getKey()).append(" = ?");
                    values.add(e.getValue());
                    break;
                default:
                    // Never put an unknown name into the statement.
                    throw new IllegalArgumentException("no such column: " + e.getKey());
            }
        }

        List<Customer> found = new ArrayList<>();
        try (Connection c = source.getConnection(); PreparedStatement ps = c.prepareStatement(sql.toString())) {
            for (int i = 0; i < values.size(); i++) {
                ps.setObject(i + 1, values.get(i));
            }
            try (ResultSet rs = ps.executeQuery()) {
                while (rs.next() && found.size() < limit) {
                    found.add(new Customer(rs.getLong(1), rs.getString(2), rs.getString(3)));
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException("search failed", e);
        }
        return found;
    }
}

class CustomerTest {
    @Test
    @DisplayName("Kunden aus Köln behalten ihren Namen")
    void keepsName() { assertEquals("Zoë", new CustomerRepository.Customer(1, "Zoë", "Köln").getName()); }
}
