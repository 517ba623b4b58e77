package io.github.dynarestore.testing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The header fields of a message: names in any case, values in their order. Immutable. */
public final class HttpHeaders {

    private static final HttpHeaders NONE = new HttpHeaders(new TreeMap<>(String.CASE_INSENSITIVE_ORDER));

    private final Map<String, List<String>> fields;

    private HttpHeaders(Map<String, List<String>> fields) {
        this.fields = fields;
    }

    /** Returns no fields. */
    public static HttpHeaders none() {
        return NONE;
    }

    /** Returns the first value of a field. */
    public Optional<String> first(String name) {
        return Optional.ofNullable(fields.get(name)).map(values -> values.get(0));
    }

    /** Returns all fields. */
    public Map<String, List<String>> asMap() {
        return Collections.unmodifiableMap(fields);
    }

    /** Returns these fields with one set to this value only. */
    public HttpHeaders with(String name, String value) {
        Map<String, List<String>> changed = copy();
        changed.put(name, List.of(value));
        return new HttpHeaders(changed);
    }

    /** Returns these fields without one. */
    public HttpHeaders without(String name) {
        if (!fields.containsKey(name)) {
            return this;
        }
        Map<String, List<String>> changed = copy();
        changed.remove(name);
        return new HttpHeaders(changed);
    }

    /** Returns these fields with one more value of a field. */
    HttpHeaders plus(String name, String value) {
        Map<String, List<String>> changed = copy();
        List<String> values = new ArrayList<>(changed.getOrDefault(name, List.of()));
        values.add(value);
        changed.put(name, List.copyOf(values));
        return new HttpHeaders(changed);
    }

    private Map<String, List<String>> copy() {
        Map<String, List<String>> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(fields);
        return copy;
    }

    /** Says the names only: values hold credentials. */
    @Override
    public String toString() {
        return "HttpHeaders" + fields.keySet();
    }
}
