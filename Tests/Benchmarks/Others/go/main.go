// Command relay decides volunteers' responses as ApplicationService does, written as the documentation of amqp091-go
// and database/sql shows it: one consumer, and for each message one transaction, one publish with its confirm, and one
// ack. SQLite syncs each commit, as ours do.
//
// usage: relay AMQP_URL FILE IN OUT
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	_ "github.com/mattn/go-sqlite3"
	amqp "github.com/rabbitmq/amqp091-go"
)

const prefetch = 1024

const schema = `
CREATE TABLE IF NOT EXISTS application (
    id TEXT PRIMARY KEY,
    spots INTEGER NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS response (
    application_id TEXT NOT NULL,
    volunteer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    message_id TEXT NOT NULL,
    PRIMARY KEY (application_id, volunteer_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS processed (
    message_id TEXT PRIMARY KEY,
    outcome TEXT NOT NULL
) WITHOUT ROWID;`

type envelope struct {
	Action string          `json:"action"`
	Data   json.RawMessage `json:"data"`
}

type application struct {
	ID    string `json:"volunteer_application_id"`
	Spots int    `json:"available_spots"`
}

type response struct {
	VolunteerID   json.RawMessage `json:"volunteer_id"`
	ApplicationID string          `json:"volunteer_application_id"`
	Status        string          `json:"status"`
}

type outcome struct {
	ApplicationID string          `json:"application_id"`
	UserID        json.RawMessage `json:"user_id"`
	Status        string          `json:"status"`
	Timestamp     string          `json:"timestamp"`
}

type relay struct {
	db        *sql.DB
	remember  *sql.Stmt
	recall    *sql.Stmt
	take      *sql.Stmt
	store     *sql.Stmt
	channel   *amqp.Channel
	returns   chan amqp.Return
	publishTo string
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: relay AMQP_URL FILE IN OUT")
		os.Exit(64)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		log.Fatal(err)
	}
}

func run(url, file, in, out string) error {
	db, err := sql.Open("sqlite3", "file:"+file+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema); err != nil {
		return err
	}
	connection, err := amqp.Dial(url)
	if err != nil {
		return err
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	if err := channel.Confirm(false); err != nil {
		return err
	}
	if err := channel.Qos(prefetch, 0, false); err != nil {
		return err
	}
	quorum := amqp.Table{"x-queue-type": "quorum"}
	for _, queue := range []string{in, out} {
		if _, err := channel.QueueDeclare(queue, true, false, false, false, quorum); err != nil {
			return err
		}
	}
	deliveries, err := channel.Consume(in, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	r := relay{db: db, channel: channel, publishTo: out, returns: channel.NotifyReturn(make(chan amqp.Return, 1))}
	if err := r.prepare(); err != nil {
		return err
	}
	for delivery := range deliveries {
		if err := r.handle(delivery); err != nil {
			return err
		}
	}
	return errors.New("the connection is closed")
}

func (r *relay) prepare() error {
	for statement, text := range map[**sql.Stmt]string{
		&r.remember: "INSERT INTO processed (message_id, outcome) VALUES (?, ?)",
		&r.recall:   "SELECT outcome FROM processed WHERE message_id = ?",
		&r.take:     "UPDATE application SET taken = taken + 1 WHERE id = ? AND taken < spots",
		&r.store: `INSERT INTO response (application_id, volunteer_id, status, message_id) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET status = excluded.status, message_id = excluded.message_id`,
	} {
		prepared, err := r.db.Prepare(text)
		if err != nil {
			return err
		}
		*statement = prepared
	}
	return nil
}

func (r *relay) handle(delivery amqp.Delivery) error {
	var message envelope
	if err := json.Unmarshal(delivery.Body, &message); err != nil {
		return delivery.Reject(false)
	}
	switch message.Action {
	case "create_volunteer_application":
		var application application
		if err := json.Unmarshal(message.Data, &application); err != nil {
			return delivery.Reject(false)
		}
		if _, err := r.db.Exec(
			"INSERT OR IGNORE INTO application (id, spots) VALUES (?, ?)", application.ID, application.Spots,
		); err != nil {
			return err
		}
	case "volunteer_response":
		var response response
		if err := json.Unmarshal(message.Data, &response); err != nil {
			return delivery.Reject(false)
		}
		body, err := r.decide(response, delivery.MessageId)
		if err != nil {
			return err
		}
		if err := r.publish(body, delivery.MessageId); err != nil {
			return err
		}
	default:
		return delivery.Reject(false)
	}
	return delivery.Ack(false)
}

// decide stores the response and what was decided. Of a message that was decided before it returns the same outcome.
func (r *relay) decide(response response, messageID string) ([]byte, error) {
	tx, err := r.db.Begin()
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	var before []byte
	switch err := tx.Stmt(r.recall).QueryRow(messageID).Scan(&before); {
	case err == nil:
		return before, nil
	case !errors.Is(err, sql.ErrNoRows):
		return nil, err
	}
	taken, err := tx.Stmt(r.take).Exec(response.ApplicationID)
	if err != nil {
		return nil, err
	}
	status := "подтверждено"
	if rows, err := taken.RowsAffected(); err != nil {
		return nil, err
	} else if rows == 0 {
		status = "в листе ожидания"
	}
	volunteer := string(response.VolunteerID)
	if _, err := tx.Stmt(r.store).Exec(response.ApplicationID, volunteer, status, messageID); err != nil {
		return nil, err
	}
	body, err := json.Marshal(outcome{
		ApplicationID: response.ApplicationID, UserID: response.VolunteerID, Status: status,
		Timestamp: time.Now().UTC().Format(time.RFC3339),
	})
	if err != nil {
		return nil, err
	}
	if _, err := tx.Stmt(r.remember).Exec(messageID, string(body)); err != nil {
		return nil, err
	}
	return body, tx.Commit()
}

// publish returns when the broker has confirmed the message. A message that is returned is confirmed after that.
func (r *relay) publish(body []byte, messageID string) error {
	confirmation, err := r.channel.PublishWithDeferredConfirmWithContext(
		context.Background(), "", r.publishTo, true, false,
		amqp.Publishing{
			ContentType: "application/json", DeliveryMode: amqp.Persistent, MessageId: messageID, Body: body,
		})
	if err != nil {
		return err
	}
	if !confirmation.Wait() {
		return errors.New("the broker did not confirm a message")
	}
	select {
	case returned := <-r.returns:
		return fmt.Errorf("a message was returned: %s", returned.ReplyText)
	default:
		return nil
	}
}
