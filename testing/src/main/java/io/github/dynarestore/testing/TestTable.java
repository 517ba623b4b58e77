package io.github.dynarestore.testing;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

/**
 * A real table that was filled from a fixture and is nobody else's. Its methods may be called by any thread; who reads or
 * writes the table during a {@link #reset} sees something in between.
 */
public final class TestTable implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final DynamoDbClient client;
    private final DynamoDbAsyncClient dynamoDb;
    private final CreateTableRequest request;
    private final Consumer<String> filling;
    private final Consumer<TestTable> closing;
    private @Nullable KeptItems kept;
    private boolean closed;

    private TestTable(
            DynamoDbClient client,
            DynamoDbAsyncClient dynamoDb,
            CreateTableRequest request,
            Consumer<String> filling,
            Consumer<TestTable> closing) {
        this.client = client;
        this.dynamoDb = dynamoDb;
        this.request = request;
        this.filling = filling;
        this.closing = closing;
    }

    /**
     * Makes a table and fills it.
     *
     * @param filling restores into the empty table of a name; called again for a reset of what is too large to be kept
     * @param closing is told when the table is closed
     */
    static TestTable create(
            DynamoDbClient client,
            DynamoDbAsyncClient dynamoDb,
            CreateTableRequest request,
            Consumer<String> filling,
            Consumer<TestTable> closing) {
        TestTable table = new TestTable(client, dynamoDb, request, filling, closing);
        boolean isFilled = false;
        try {
            table.createAndFill();
            isFilled = true;
            return table;
        } finally {
            if (!isFilled) {
                table.close();
            }
        }
    }

    /** Name of the real table: the fixture's name, and behind it what makes it unique. */
    public String name() {
        return request.tableName();
    }

    /** A client of its server; not to be closed. */
    public DynamoDbClient client() {
        return client;
    }

    /** A client of its server; not to be closed. */
    public DynamoDbAsyncClient asyncClient() {
        return dynamoDb;
    }

    /** The items that it holds now, by their keys; all of them in memory. */
    public Map<Map<String, AttributeValue>, Map<String, AttributeValue>> items() {
        List<String> keyNames = keyNames();
        Map<Map<String, AttributeValue>, Map<String, AttributeValue>> items = new HashMap<>();
        client.scanPaginator(scan -> scan.tableName(name()).consistentRead(true))
                .items()
                .forEach(item -> {
                    Map<String, AttributeValue> key = new HashMap<>(item);
                    key.keySet().retainAll(keyNames);
                    items.put(key, item);
                });
        return items;
    }

    private List<String> keyNames() {
        return request.keySchema().stream().map(KeySchemaElement::attributeName).toList();
    }

    /**
     * Brings the fixture back: puts and deletes what is not as it was after the restore, which for a small table takes
     * milliseconds. A table beyond 16 MB, or one that was deleted, is made and restored anew under the same name.
     *
     * @throws IllegalStateException if the table is closed
     * @throws FixtureException if the fixture can no longer be restored
     */
    public synchronized void reset() {
        if (closed) {
            throw new IllegalStateException("the table " + name() + " is closed");
        }
        KeptItems items = kept;
        if (items != null) {
            try {
                items.bringBack();
                return;
            } catch (ResourceNotFoundException deleted) {
                // A test of what deletes tables.
            }
        }
        drop();
        createAndFill();
    }

    private void createAndFill() {
        kept = null;
        Calls.await(dynamoDb.createTable(request));
        Polling.until("table " + name(), LIMIT, () -> {
            TableStatus status = Calls.await(dynamoDb.describeTable(table -> table.tableName(name())))
                    .table()
                    .tableStatus();
            return status == TableStatus.ACTIVE ? Optional.of(true) : Optional.empty();
        });
        filling.accept(name());
        kept = KeptItems.of(dynamoDb, name(), keyNames());
    }

    private void drop() {
        Polling.until("end of table " + name(), LIMIT, () -> {
            try {
                Calls.await(dynamoDb.deleteTable(table -> table.tableName(name())));
                return Optional.empty();
            } catch (ResourceInUseException changing) {
                return Optional.empty();
            } catch (ResourceNotFoundException gone) {
                return Optional.of(true);
            }
        });
    }

    /** Deletes the table. Does nothing the second time, or if it is gone already. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            kept = null;
            closing.accept(this);
            drop();
        }
    }

    /** The real table's name. */
    @Override
    public String toString() {
        return name();
    }
}
