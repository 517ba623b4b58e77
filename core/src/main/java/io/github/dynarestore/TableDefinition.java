package io.github.dynarestore;

import io.github.dynarestore.internal.plan.DescribedTable;
import io.github.dynarestore.internal.plan.IndexText;
import io.github.dynarestore.internal.plan.TableSetup;
import io.github.dynarestore.model.KeySchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.StreamSpecification;

/**
 * A table that is to be created: as {@code aws dynamodb describe-table} printed another one, or from the key that the
 * records of a backup have, on demand. Immutable.
 */
public final class TableDefinition {

    private final @Nullable String described;
    private final List<String> key;
    private final List<String> globalIndexes;
    private final List<String> localIndexes;
    private final TableSetup setup;

    private TableDefinition(
            @Nullable String described, List<String> key, List<String> globalIndexes, List<String> localIndexes) {
        this.described = described;
        this.key = List.copyOf(key);
        this.globalIndexes = List.copyOf(globalIndexes);
        this.localIndexes = List.copyOf(localIndexes);
        TableSetup base = described == null
                ? new TableSetup(
                        IndexText.key(key),
                        CreateTableRequest.builder()
                                .billingMode(BillingMode.PAY_PER_REQUEST)
                                .build(),
                        List.of(),
                        TableSetup.Later.NOTHING)
                : DescribedTable.parse(described);
        List<TableSetup.IndexPart> indexes = new ArrayList<>();
        globalIndexes.forEach(text -> indexes.add(IndexText.global(text)));
        localIndexes.forEach(text -> indexes.add(IndexText.local(text)));
        setup = new TableSetup(base.key(), base.request(), indexes, base.later());
    }

    /**
     * Returns a table with the key that the records have. Where they have two key attributes, which is the partition key
     * must be said with {@link #keyedBy}, and so must the whole key of snapshots.
     */
    public static TableDefinition fromRecords() {
        return new TableDefinition(null, List.of(), List.of(), List.of());
    }

    /**
     * Returns a table with this key.
     *
     * @param attributes one or two, partition key first, with their types, as in {@code id:S}, or without, as the records
     *     have them; where records name the key, the partition key alone, without its type, is enough
     * @throws IllegalArgumentException if that is no key
     */
    public static TableDefinition keyedBy(String... attributes) {
        if (attributes.length == 0) {
            throw new IllegalArgumentException("a key has one or two attributes, not none");
        }
        return new TableDefinition(null, Arrays.asList(attributes), List.of(), List.of());
    }

    /**
     * Returns a table like another one: its key, indexes, billing mode and capacity, encryption, table class and deletion
     * protection; its stream, time to live, point-in-time recovery and tags where they are said.
     *
     * @param json what {@code describe-table} printed; beside {@code Table} may stand what {@code describe-time-to-live},
     *     {@code list-tags-of-resource} and {@code describe-continuous-backups} printed
     * @throws IllegalArgumentException if it is none, saying what is wrong
     */
    public static TableDefinition parse(String json) {
        return new TableDefinition(json, List.of(), List.of(), List.of());
    }

    static TableDefinition of(
            @Nullable String described, List<String> key, List<String> globalIndexes, List<String> localIndexes) {
        return new TableDefinition(described, key, globalIndexes, localIndexes);
    }

    /**
     * Returns it with one more global secondary index.
     *
     * @param text such as {@code by-date=date:N,id:S}; behind a semicolon {@code keys-only} or {@code include=a,b}, unless
     *     it holds whole items
     * @throws IllegalArgumentException if that is no index
     */
    public TableDefinition globalIndex(String text) {
        return new TableDefinition(described, key, and(globalIndexes, text), localIndexes);
    }

    /**
     * Returns it with one more local secondary index.
     *
     * @param text such as {@code by-date=date:N}, the sort key alone; behind a semicolon as for a global one
     * @throws IllegalArgumentException if that is no index
     */
    public TableDefinition localIndex(String text) {
        return new TableDefinition(described, key, globalIndexes, and(localIndexes, text));
    }

    private static List<String> and(List<String> texts, String text) {
        List<String> more = new ArrayList<>(texts);
        more.add(Objects.requireNonNull(text));
        return more;
    }

    /**
     * Returns the request that creates the table by itself, its stream switched on; a restore switches it on when the table
     * is full. Time to live and point-in-time recovery are no part of such a request.
     *
     * @throws IllegalStateException if the records are to say the key
     * @throws IllegalArgumentException if an attribute has two types
     */
    public CreateTableRequest request(String tableName) {
        List<KeySchema.Attribute> attributes = new ArrayList<>();
        for (TableSetup.KeyPart part : setup.key()) {
            if (part.type() != null) {
                attributes.add(new KeySchema.Attribute(part.name(), part.type()));
            }
        }
        if (attributes.isEmpty() || attributes.size() < setup.key().size()) {
            throw new IllegalStateException("the records are to say the key");
        }
        String stream = setup.later().stream();
        return setup
                .create(tableName, new KeySchema(attributes.get(0), attributes.size() == 1 ? null : attributes.get(1)))
                .toBuilder()
                .streamSpecification(
                        stream == null
                                ? null
                                : StreamSpecification.builder()
                                        .streamEnabled(true)
                                        .streamViewType(stream)
                                        .build())
                .build();
    }

    TableSetup setup() {
        return setup;
    }

    @Nullable
    String described() {
        return described;
    }

    List<String> key() {
        return key;
    }

    List<String> globalIndexes() {
        return globalIndexes;
    }

    List<String> localIndexes() {
        return localIndexes;
    }
}
