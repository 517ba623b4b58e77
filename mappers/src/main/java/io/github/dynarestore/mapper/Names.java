package io.github.dynarestore.mapper;

import java.util.ArrayList;
import java.util.List;

/** Lists of names as the Data Pipeline template has them, where a backslash takes the next character as it is. */
final class Names {

    private Names() {}

    /**
     * Cuts a list, leaving escapes as they are; white space around a part is not of it.
     *
     * @param separator what stands between parts
     */
    static List<String> split(String list, char separator) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == separator) {
                parts.add(list.substring(from, i).strip());
                from = i + 1;
            }
        }
        parts.add(list.substring(from).strip());
        return parts;
    }

    /** Takes the escapes away. */
    static String unescaped(String part) {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c == '\\' && i + 1 < part.length()) {
                i++;
                c = part.charAt(i);
            }
            name.append(c);
        }
        return name.toString();
    }
}
