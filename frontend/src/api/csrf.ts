/** Over HTTPS the hub gives it the name that browsers take from no other host. */
export function csrfToken(): string | undefined {
  return cookie('__Host-csrftoken') ?? cookie('csrftoken')
}

function cookie(name: string): string | undefined {
  const pair = document.cookie.split('; ').find(part => part.startsWith(`${name}=`))
  return pair && decodeURIComponent(pair.slice(name.length + 1))
}
