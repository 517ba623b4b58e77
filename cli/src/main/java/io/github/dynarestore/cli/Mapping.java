package io.github.dynarestore.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A mapper as {@code --map} names it: {@code id:name=value,name}; a backslash takes the next character as it is. */
record Mapping(String id, Map<String, String> parameters) {

    /**
     * Reads an option's value.
     *
     * @throws IllegalArgumentException if a parameter is named twice or not at all
     */
    static Mapping parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            return new Mapping(text, Map.of());
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String parameter : split(text.substring(colon + 1), ',', Integer.MAX_VALUE)) {
            List<String> sides = split(parameter, '=', 2);
            String name = unescaped(sides.get(0));
            if (name.isEmpty()) {
                throw new IllegalArgumentException("a parameter without a name in '" + text + "'");
            }
            if (parameters.put(name, sides.size() < 2 ? "" : unescaped(sides.get(1))) != null) {
                throw new IllegalArgumentException("'" + name + "' stands twice in '" + text + "'");
            }
        }
        return new Mapping(text.substring(0, colon), parameters);
    }

    private static List<String> split(String text, char separator, int most) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length() && parts.size() < most - 1; i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == separator) {
                parts.add(text.substring(from, i));
                from = i + 1;
            }
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static String unescaped(String text) {
        return text.replaceAll("\\\\(.)", "$1");
    }
}
