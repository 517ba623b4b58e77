package io.github.dynarestore.benchmarks;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.NullUnmarked;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbAsyncTable;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedAsyncClient;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbBean;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.model.WriteBatch;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Writes through the SDK's enhanced client: each item becomes a bean, and the bean attributes again. */
final class EnhancedWrites implements Function<List<Map<String, AttributeValue>>, CompletableFuture<?>> {

    private static final TableSchema<Customer> SCHEMA = TableSchema.fromBean(Customer.class);

    private final DynamoDbEnhancedAsyncClient enhanced;
    private final DynamoDbAsyncTable<Customer> table;

    EnhancedWrites(DynamoDbAsyncClient dynamoDb, String table) {
        enhanced =
                DynamoDbEnhancedAsyncClient.builder().dynamoDbClient(dynamoDb).build();
        this.table = enhanced.table(table, SCHEMA);
    }

    @Override
    public CompletableFuture<?> apply(List<Map<String, AttributeValue>> items) {
        WriteBatch.Builder<Customer> batch = WriteBatch.builder(Customer.class).mappedTableResource(table);
        for (Map<String, AttributeValue> item : items) {
            batch.addPutItem(SCHEMA.mapToItem(item));
        }
        return enhanced.batchWriteItem(request -> request.addWriteBatch(batch.build()))
                .thenAccept(result -> {
                    if (!result.unprocessedPutItemsForTable(table).isEmpty()) {
                        throw new IllegalStateException("unprocessed items, which this one does not send again");
                    }
                });
    }

    /** {@link SampleItems#MID}. The enhanced client wants a public class with a getter and a setter for each attribute. */
    @NullUnmarked
    @DynamoDbBean
    public static final class Customer {
        private String pk;
        private long version;
        private String name;
        private String email;
        private boolean active;
        private BigDecimal balance;
        private String street;
        private String city;
        private String notes;
        private Set<String> tags;
        private List<Integer> scores;
        private Map<String, String> address;

        @DynamoDbPartitionKey
        public String getPk() {
            return pk;
        }

        public void setPk(String pk) {
            this.pk = pk;
        }

        public long getVersion() {
            return version;
        }

        public void setVersion(long version) {
            this.version = version;
        }

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        public String getEmail() {
            return email;
        }

        public void setEmail(String email) {
            this.email = email;
        }

        public boolean isActive() {
            return active;
        }

        public void setActive(boolean active) {
            this.active = active;
        }

        public BigDecimal getBalance() {
            return balance;
        }

        public void setBalance(BigDecimal balance) {
            this.balance = balance;
        }

        public String getStreet() {
            return street;
        }

        public void setStreet(String street) {
            this.street = street;
        }

        public String getCity() {
            return city;
        }

        public void setCity(String city) {
            this.city = city;
        }

        public String getNotes() {
            return notes;
        }

        public void setNotes(String notes) {
            this.notes = notes;
        }

        public Set<String> getTags() {
            return tags;
        }

        public void setTags(Set<String> tags) {
            this.tags = tags;
        }

        public List<Integer> getScores() {
            return scores;
        }

        public void setScores(List<Integer> scores) {
            this.scores = scores;
        }

        public Map<String, String> getAddress() {
            return address;
        }

        public void setAddress(Map<String, String> address) {
            this.address = address;
        }
    }
}
