// Package calls is the heart of the product: what a call is, who is on it, and what may happen to it next.
package calls
