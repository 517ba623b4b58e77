package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.KeySchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;

/**
 * Keys and indexes as people write them: {@code id:S,date:N}, {@code by-date=date:N,id:S}, and behind a semicolon what an
 * index holds, {@code keys-only} or {@code include=a,b}, unless that is everything.
 */
public final class IndexText {

    private IndexText() {}

    /**
     * Reads a key.
     *
     * @param texts an attribute each, with or without its type
     * @throws IllegalArgumentException unless one or two
     */
    public static List<TableSetup.KeyPart> key(List<String> texts) {
        if (texts.size() > 2) {
            throw new IllegalArgumentException("a key has one or two attributes, not " + texts);
        }
        return texts.stream().map(IndexText::part).toList();
    }

    /** Reads a global index. */
    public static TableSetup.IndexPart global(String text) {
        Named named = Named.of(text);
        List<KeySchema.Attribute> key = named.key();
        return new TableSetup.IndexPart(
                named.name(), key.get(0), key.size() == 1 ? null : key.get(1), named.projection());
    }

    /** Reads a local index, of which only the sort key is said. */
    public static TableSetup.IndexPart local(String text) {
        Named named = Named.of(text);
        if (named.key().size() != 1) {
            throw new IllegalArgumentException("a local index has one key attribute besides the table's: " + text);
        }
        return new TableSetup.IndexPart(named.name(), null, named.key().get(0), named.projection());
    }

    private record Named(String name, List<KeySchema.Attribute> key, Projection projection) {
        static Named of(String text) {
            int equals = text.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("an index is name=attribute:type, not " + text);
            }
            String rest = text.substring(equals + 1);
            int semicolon = rest.indexOf(';');
            List<KeySchema.Attribute> key = new ArrayList<>();
            for (TableSetup.KeyPart part : IndexText.key(
                    Arrays.asList((semicolon < 0 ? rest : rest.substring(0, semicolon)).split(",", -1)))) {
                if (part.type() == null) {
                    throw new IllegalArgumentException(
                            "say the type of " + part.name() + ", as in " + part.name() + ":S");
                }
                key.add(new KeySchema.Attribute(part.name(), Objects.requireNonNull(part.type())));
            }
            return new Named(
                    text.substring(0, equals),
                    key,
                    IndexText.projection(semicolon < 0 ? null : rest.substring(semicolon + 1)));
        }
    }

    private static Projection projection(@Nullable String text) {
        if (text == null) {
            return Projection.builder().projectionType(ProjectionType.ALL).build();
        }
        if (text.equals("keys-only")) {
            return Projection.builder().projectionType(ProjectionType.KEYS_ONLY).build();
        }
        if (text.startsWith("include=") && text.length() > 8) {
            return Projection.builder()
                    .projectionType(ProjectionType.INCLUDE)
                    .nonKeyAttributes(text.substring(8).split(",", -1))
                    .build();
        }
        throw new IllegalArgumentException("an index holds keys-only or include=a,b, or else everything; not " + text);
    }

    private static TableSetup.KeyPart part(String text) {
        int colon = text.lastIndexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a key attribute needs a name");
        }
        if (colon < 0) {
            return new TableSetup.KeyPart(name, null);
        }
        String type = text.substring(colon + 1);
        for (KeySchema.Type known : KeySchema.Type.values()) {
            if (known.name().equals(type)) {
                return new TableSetup.KeyPart(name, known);
            }
        }
        throw new IllegalArgumentException("the type of key attribute " + name + " is S, N or B, not " + type);
    }
}
