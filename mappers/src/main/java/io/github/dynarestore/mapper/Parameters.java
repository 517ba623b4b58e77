package io.github.dynarestore.mapper;

import io.github.dynarestore.spi.MapperContext;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parameters of one mapper, and what may be wrong with them. What is wrong is an IllegalArgumentException. */
final class Parameters {

    private final String id;
    private final MapperContext context;

    Parameters(String id, MapperContext context) {
        this.id = id;
        this.context = context;
    }

    /** All parameters, where each is named by an attribute; at least one. */
    Map<String, String> byAttribute() {
        if (context.parameters().isEmpty()) {
            throw wrong("needs the name of an attribute at least");
        }
        return context.parameters();
    }

    /** The same, where the attributes are only named. */
    Set<String> attributes() {
        byAttribute().forEach((attribute, value) -> {
            if (!value.isEmpty()) {
                throw wrong("takes names of attributes; '" + attribute + "' has a value");
            }
        });
        return context.parameters().keySet();
    }

    /** Refuses what is not among these. */
    Parameters only(String... names) {
        for (String name : context.parameters().keySet()) {
            if (!Set.of(names).contains(name)) {
                throw wrong("has no parameter '" + name + "'; it has " + String.join(", ", names));
            }
        }
        return this;
    }

    String required(String name) {
        String value = optional(name);
        if (value == null || value.isEmpty()) {
            throw wrong("needs the parameter '" + name + "'");
        }
        return value;
    }

    @Nullable
    String optional(String name) {
        return context.parameters().get(name);
    }

    @Nullable
    Instant optionalInstant(String name) {
        String value = optional(name);
        try {
            return value == null ? null : Instant.parse(value);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    message("'" + name + "' is not an instant such as 2016-10-15T23:59:59Z: '" + value + "'"), e);
        }
    }

    /** True if it is named, also without a value. */
    boolean flag(String name) {
        String value = optional(name);
        if (value == null || value.equals("false")) {
            return false;
        }
        if (!value.isEmpty() && !value.equals("true")) {
            throw wrong("'" + name + "' is true or false, not '" + value + "'");
        }
        return true;
    }

    /** Refuses to touch the key. */
    void refuseKey(String attribute) {
        if (context.keyAttributeNames().contains(attribute)) {
            throw wrong("may not touch '" + attribute + "', which is a key attribute of table " + context.tableName());
        }
    }

    IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(message(what));
    }

    private String message(String what) {
        return "mapper " + id + " " + what;
    }
}
